//! The TCP model against what theory and RFCs say of TCP.

use std::net::SocketAddr;

use lapwing_simnet::cross::{
    CongestionControl, Cubic, Downloads, Reno, SenderStats, TcpSink, TcpSource, Workload,
};
use lapwing_simnet::nodes::PatternLoss;
use lapwing_simnet::{
    Basis, Bitrate, Connection, Handle, Limit, LinkSpec, MachineId, QueueSpec, Seed, Sim, Time,
};

use crate::fixtures::ms;

fn end(ip: &str, port: u16) -> SocketAddr {
    SocketAddr::new(ip.parse().unwrap(), port)
}

/// One source on 10.0.0.1 and one sink on 10.0.0.2 with `path` between, and acknowledgements over
/// `back`.
struct Transfer {
    sim: Sim,
    source: Handle<TcpSource>,
    sink: Handle<TcpSink>,
    link: Connection,
}

fn transfer(
    path: &LinkSpec,
    back: &LinkSpec,
    congestion: impl CongestionControl,
    workload: Workload,
    end_at: Time,
) -> Transfer {
    let mut sim = Sim::new(1);
    let (a, b, core) = (sim.host("a"), sim.host("b"), sim.router("core"));
    let wire = LinkSpec::new();
    let link = sim.connect(a, core, &["10.0.0.1".parse().unwrap()], path, back);
    sim.connect(b, core, &["10.0.0.2".parse().unwrap()], &wire, &wire);
    let (source, sink) = join(&mut sim, [a, b], 80, congestion, workload, end_at);
    Transfer { sim, source, sink, link }
}

fn join(
    sim: &mut Sim,
    [a, b]: [MachineId; 2],
    port: u16,
    congestion: impl CongestionControl,
    workload: Workload,
    end_at: Time,
) -> (Handle<TcpSource>, Handle<TcpSink>) {
    let (from, to) = (end("10.0.0.1", 0), end("10.0.0.2", port));
    let source = TcpSource::new((from, to), congestion, workload, (Time::ZERO, end_at));
    (sim.attach(a, source), sim.attach(b, TcpSink::new(to)))
}

/// Segments delivered in a second, once the start is over, and what the sender did meanwhile.
fn rate_under(
    loss: &LinkSpec,
    congestion: impl CongestionControl,
    rtt_ms: u64,
    secs: u64,
) -> (f64, SenderStats) {
    let path = loss.clone().delay(ms(rtt_ms / 2));
    let back = LinkSpec::new().delay(ms(rtt_ms / 2));
    let mut run = transfer(&path, &back, congestion, Workload::Endless, Time::NEVER);
    run.sim.run_until(Time::from_secs(20));
    let before = run.sim.endpoint(run.sink).received();
    run.sim.run_until(Time::from_secs(20 + secs));
    let bytes = run.sim.endpoint(run.sink).received() - before;
    (bytes as f64 / 1_448.0 / secs as f64, run.sim.endpoint(run.source).stats())
}

fn every(n: usize) -> LinkSpec {
    LinkSpec::new().pattern(PatternLoss::repeat(&("-".repeat(n - 1) + "x")).unwrap())
}

#[test]
fn reno_obeys_the_mathis_formula() {
    // Periodic loss: rate = sqrt(3/2) / (rtt * sqrt(p)) segments a second (Mathis et al., 1997).
    for (n, rtt_ms) in [(200, 50), (500, 100), (2_000, 100)] {
        let (rate, stats) = rate_under(&every(n), Reno::default(), rtt_ms, 200);
        let p = 1.0 / n as f64;
        let theory = 1.5f64.sqrt() / (rtt_ms as f64 / 1e3 * p.sqrt());
        let ratio = rate / theory;
        assert!((0.85..1.15).contains(&ratio), "1 in {n}, {rtt_ms} ms: {ratio:.3} of theory");
        assert_eq!(stats.timeouts, 0);
    }
}

#[test]
fn reno_under_random_loss_has_its_known_mean() {
    // Independent loss: the constant is 1.31 instead of 1.22 (Mathis et al., 1997).
    let (rate, _) = rate_under(&LinkSpec::new().loss(0.002), Reno::default(), 100, 1_500);
    let ratio = rate / (1.31 / (0.1 * 0.002f64.sqrt()));
    assert!((0.85..1.15).contains(&ratio), "{ratio:.3} of theory");
}

#[test]
fn cubic_obeys_its_response_function() {
    // RFC 9438 section 5.1: with 1 loss in n segments, the mean window is 1.054 rtt^(3/4) n^(3/4).
    let (n, rtt) = (10_000, 0.1f64);
    let (rate, stats) = rate_under(&every(n), Cubic::default(), 100, 600);
    let window = rate * rtt;
    let theory = 1.054 * rtt.powf(0.75) * (n as f64).powf(0.75);
    assert!((0.85..1.15).contains(&(window / theory)), "{window:.1} instead of {theory:.1}");
    assert_eq!(stats.timeouts, 0);
}

#[test]
fn cubic_is_as_fast_as_reno_where_that_is_faster() {
    // A short round trip and much loss: the region of section 4.3.
    let (cubic, _) = rate_under(&every(200), Cubic::default(), 20, 200);
    let (reno, _) = rate_under(&every(200), Reno::default(), 20, 200);
    assert!((0.85..1.25).contains(&(cubic / reno)), "{:.3} of Reno", cubic / reno);
}

fn bottleneck(ms_of_queue: u64) -> LinkSpec {
    let queue = QueueSpec::TailDrop(Limit::Time(ms(ms_of_queue), Basis::Current));
    LinkSpec::new().rate(Bitrate::mbps(2), queue).delay(ms(50))
}

#[test]
fn one_flow_fills_a_bottleneck() {
    fn check(congestion: impl CongestionControl) {
        let back = LinkSpec::new().delay(ms(50));
        let link = bottleneck(300);
        let mut run = transfer(&link, &back, congestion, Workload::Endless, Time::from_secs(60));
        run.sim.run_until(Time::from_secs(60));
        let stats = run.sim.endpoint(run.source).stats();
        let goodput = run.sim.endpoint(run.sink).received() as f64 * 8.0 / 60.0;
        // 1,448 of 1,500 bytes are data: 1.93 Mbit/s at most.
        assert!(goodput > 1.85e6, "{goodput:.0} bit/s");
        assert!(stats.recoveries > 3, "{stats:?}");
        assert!(stats.timeouts <= 1, "{stats:?}");
        assert!(run.sim.link_stats(run.link.up).packets_dropped() > 0);
    }
    check(Reno::default());
    check(Cubic::default());
}

#[test]
fn equal_flows_share_a_bottleneck_equally() {
    let mut sim = Sim::new(3);
    let (a, b, core) = (sim.host("a"), sim.host("b"), sim.router("core"));
    let wire = LinkSpec::new();
    let back = LinkSpec::new().delay(ms(50));
    sim.connect(a, core, &["10.0.0.1".parse().unwrap()], &bottleneck(100), &back);
    sim.connect(b, core, &["10.0.0.2".parse().unwrap()], &wire, &wire);
    let flows = [80, 81, 82].map(|port| {
        join(&mut sim, [a, b], port, Reno::default(), Workload::Endless, Time::NEVER).1
    });
    sim.run_until(Time::from_secs(300));
    let rates = flows.map(|sink| sim.endpoint(sink).received() as f64);
    let sum: f64 = rates.iter().sum();
    let squares: f64 = rates.iter().map(|rate| rate * rate).sum();
    let jain = sum * sum / (3.0 * squares);
    assert!(jain > 0.9, "Jain's index {jain:.3}: {rates:?}");
}

#[test]
fn everything_arrives_through_heavy_loss_both_ways() {
    let path = LinkSpec::new().delay(ms(20)).loss(0.1);
    let files = Downloads::new((30_000, 50_000), ms(500), true, Seed(1).stream("files"));
    let end_at = Time::from_secs(120);
    let mut run = transfer(&path, &path, Reno::default(), Workload::Files(files), end_at);
    run.sim.run_until(Time::from_secs(400));
    let source = run.sim.endpoint(run.source);
    assert!(source.connections() > 20, "{} connections", source.connections());
    assert_eq!(source.stats().acknowledged, run.sim.endpoint(run.sink).received());
    assert_eq!(run.sim.pending(), 0, "the source has come to rest");
}

#[test]
fn downloads_have_the_sizes_and_pauses_asked_for() {
    let path = LinkSpec::new().delay(ms(5));
    let files = |on| {
        let stream = Seed(7).stream("files");
        Workload::Files(Downloads::new((30_000, 50_000), ms(10_000), on, stream))
    };
    let end_at = Time::from_secs(10_000);
    let mut run = transfer(&path, &path, Cubic::default(), files(true), end_at);
    run.sim.run_until(Time::from_secs(1));
    assert_eq!(run.sim.endpoint(run.source).connections(), 1, "it begins with a file");
    run.sim.run_until(end_at);
    let count = f64::from(run.sim.endpoint(run.source).connections());
    // A mean pause of 10 s, and about 50 ms for a file: 995 expected, deviation 32.
    assert!((870.0..1_120.0).contains(&count), "{count} connections");
    let mean = run.sim.endpoint(run.sink).received() as f64 / count;
    // Even between 30 and 50 kB: deviation of the mean 180 bytes.
    assert!((39_000.0..41_000.0).contains(&mean), "{mean} bytes each");
    let mut quiet = transfer(&path, &path, Cubic::default(), files(false), end_at);
    quiet.sim.run_until(Time::from_millis(100));
    assert_eq!(quiet.sim.endpoint(quiet.source).connections(), 0, "it begins with a pause");
}
