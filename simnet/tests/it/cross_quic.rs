//! QUIC as cross traffic: what RFC 9000 and RFC 9002 promise.

use std::net::SocketAddr;

use lapwing_simnet::cross::{
    Bbr1, Bbr3, CongestionControl, Cubic, Prague, QuicSink, QuicSource, Reno,
};
use lapwing_simnet::nodes::{OutageMode, Window};
use lapwing_simnet::queues::DualPi2Config;
use lapwing_simnet::{Basis, Bitrate, Handle, Limit, LinkSpec, QueueSpec, Sim, Time};

use crate::cross_path::Path;
use crate::fixtures::ms;

const RATE: f64 = 10e6;
/// Of a full packet of 1,500 bytes this is data.
const DATA: f64 = 1_433.0;

fn tail_drop(queue_ms: u64) -> QueueSpec {
    QueueSpec::TailDrop(Limit::Time(ms(queue_ms), Basis::Current))
}

/// 10 Mbit/s with a round trip of 40 ms.
fn path(queue: QueueSpec, loss: f64) -> LinkSpec {
    LinkSpec::new().loss(loss).rate(Bitrate::bps(RATE as u64), queue).delay(ms(20))
}

struct Run {
    sim: Sim,
    path: Path,
    source: Handle<QuicSource>,
    sink: Handle<QuicSink>,
}

impl Run {
    fn new(link: &LinkSpec, congestion: impl CongestionControl, end: Time) -> Run {
        let mut sim = Sim::new(7);
        let path = Path::new(&mut sim, link, &LinkSpec::new().delay(ms(20)));
        let at = |ip: &str, port| SocketAddr::new(ip.parse().expect("an address"), port);
        let ends = (at("10.0.0.1", 0), at("10.0.0.2", 443));
        let source =
            sim.attach(path.hosts[0], QuicSource::new(ends, congestion, (Time::ZERO, end)));
        let sink = sim.attach(path.hosts[1], QuicSink::new(ends.1));
        Run { sim, path, source, sink }
    }

    /// The share of the rate that is left for data, between two moments in seconds.
    fn share(&mut self, from: u64, until: u64) -> f64 {
        self.sim.run_until(Time::from_secs(from));
        let before = self.sim.endpoint(self.sink).received();
        self.sim.run_until(Time::from_secs(until));
        let bytes = (self.sim.endpoint(self.sink).received() - before) as f64;
        bytes * 8.0 / (until - from) as f64 / (RATE * DATA / 1_500.0)
    }
}

fn share(link: &LinkSpec, congestion: impl CongestionControl) -> f64 {
    Run::new(link, congestion, Time::NEVER).share(5, 35)
}

#[test]
fn each_controller_fills_the_path() {
    let l4s = QueueSpec::DualPi2(DualPi2Config::default(), Limit::Packets(1_000));
    let shares = [
        share(&path(tail_drop(40), 0.0), Reno::default()),
        share(&path(tail_drop(40), 0.0), Cubic::default()),
        share(&path(tail_drop(40), 0.0), Bbr1::default()),
        share(&path(tail_drop(40), 0.0), Bbr3::default()),
        share(&path(l4s, 0.0), Prague::default()),
    ];
    println!("QUIC by Reno, CUBIC, BBR 1 and 3, Prague: {shares:.3?} of the rate");
    // Prague answers marks of a queue that a single packet makes longer than its threshold.
    for (share, least) in shares.iter().zip([0.95, 0.95, 0.93, 0.93, 0.85]) {
        assert!((least..1.01).contains(share), "{shares:.3?}");
    }
}

#[test]
fn random_loss_of_a_hundredth_is_repaired_without_probes_or_collapse() {
    for (name, congestion, least) in [
        ("reno", Box::<Reno>::default() as Box<dyn CongestionControl>, 0.25),
        ("cubic", Box::<Cubic>::default(), 0.28),
        ("bbr1", Box::<Bbr1>::default(), 0.9),
    ] {
        let mut run = Run::new(&path(tail_drop(200), 0.01), congestion, Time::NEVER);
        let share = run.share(5, 65);
        let stats = run.sim.endpoint(run.source).stats();
        let again = stats.retransmissions as f64 / stats.segments as f64;
        println!("QUIC by {name}, 1 % loss: {share:.3} of the rate, {again:.4} again, {stats:?}");
        assert!((least..1.0).contains(&share), "{name}: {share:.3}");
        assert!((0.005..0.02).contains(&again), "{name}: only what is lost: {again}");
        assert_eq!(stats.timeouts, 0, "{name}: acknowledgements find every loss");
    }
}

#[test]
fn probes_find_the_end_of_an_outage() {
    for outage_s in [1, 2, 4, 8] {
        let (from, until) = (Time::from_secs(20), Time::from_secs(20 + outage_s));
        let link = path(tail_drop(100), 0.0).outage(OutageMode::Lose, [Window { from, until }]);
        let mut run = Run::new(&link, Cubic::default(), Time::NEVER);
        run.sim.run_until(until);
        let probes = run.sim.endpoint(run.source).stats().timeouts;
        let sent = run.sim.link_stats(run.path.link.up).packets_dropped();
        // Round trips of up to 140 ms with 25 ms of delay, doubling: 0.2, 0.6, 1.4, 3 and 6.2 s.
        assert!((1..=6).contains(&probes), "{probes} probe timeouts in {outage_s} s");
        // The last timeout may be as long as the outage; the window is the least one after it.
        let back = 20 + 2 * outage_s + 3;
        let share = run.share(back, back + 5);
        println!("QUIC after {outage_s} s: {probes} probes, {sent} lost, {share:.3} of the rate");
        assert!(share > 0.9, "{share:.3} of the rate after {outage_s} s");
    }
}

#[test]
fn a_window_survives_silence_and_is_the_least_after_persistent_congestion() {
    // The path fails for a time; the least window within a second after it.
    let least = |outage_ms: u64| {
        let from = Time::from_secs(10);
        let until = from + ms(outage_ms);
        let link = path(tail_drop(40), 0.0).outage(OutageMode::Lose, [Window { from, until }]);
        let mut run = Run::new(&link, Reno::default(), Time::NEVER);
        run.sim.run_until(until);
        let silent = run.sim.endpoint(run.source).window();
        let mut least = silent;
        for step in 0..2_000 {
            run.sim.run_until(until + ms(step));
            least = least.min(run.sim.endpoint(run.source).window());
        }
        (silent, least)
    };
    // Three probe timeouts are some 0.3 to 0.4 s.
    let (silent, after) = least(1_500);
    assert!(silent > 20.0, "probes alone shrink nothing: {silent}");
    // Two, and what the acknowledged probes add.
    assert!((2.0..=4.0).contains(&after), "losses over three probe timeouts: {after}");
    let (_, after) = least(100);
    assert!(after > 10.0, "one reduction for a short outage: {after}");
}

#[test]
fn every_second_packet_is_acknowledged() {
    let mut run = Run::new(&path(tail_drop(200), 0.0), Bbr1::default(), Time::NEVER);
    run.sim.run_until(Time::from_secs(20));
    let segments = run.sim.endpoint(run.source).stats().segments as f64;
    let ratio = run.sim.endpoint(run.sink).acknowledgements() as f64 / segments;
    println!("QUIC: {ratio:.3} acknowledgements for a packet");
    assert!((0.49..0.52).contains(&ratio), "{ratio}");
}

#[test]
fn packets_are_paced_from_the_first_on() {
    // A queue of three packets holds what a paced start sends, and loses half of a burst of ten.
    let run = |end_ms: u64| {
        let queue = QueueSpec::TailDrop(Limit::Packets(3));
        let link = LinkSpec::new().rate(Bitrate::mbps(10), queue).delay(ms(20));
        let mut run = Run::new(&link, Reno::default(), Time::NEVER);
        run.sim.run_until(Time::from_millis(end_ms));
        let segments = run.sim.endpoint(run.source).stats().segments;
        (segments, run.sim.link_stats(run.path.link.up).packets_dropped())
    };
    // The handshake takes 42 ms, the first window half of a round trip.
    assert_eq!(run(78), (10, 0), "ten packets, one by one");
    let (early, _) = run(52);
    assert!((3..=7).contains(&early), "{early} packets in the first 10 ms");
}

#[test]
fn a_source_that_ends_repairs_what_it_sent() {
    let link = path(tail_drop(100), 0.05);
    let mut run = Run::new(&link, Cubic::default(), Time::from_secs(5));
    run.sim.run_until(Time::from_secs(15));
    let stats = run.sim.endpoint(run.source).stats();
    assert!(stats.retransmissions > 10 && stats.acknowledged > 100_000, "{stats:?}");
    assert_eq!(run.sim.endpoint(run.sink).received(), stats.acknowledged, "all of it arrived");
}
