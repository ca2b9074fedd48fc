//! How fast the network laboratory runs: packets through links and routers, and whole calls with
//! engines at both ends, in virtual time per processor time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use lapwing_benches::load::frame;
use lapwing_benches::measure::{cpu, is_check};
use lapwing_benches::plot::{Table, Unit};
use lapwing_engine::{
    Codec, Config, ConnectionState, EncodedFrame, Event, MediaKind, MediaTime, NegotiationRole,
    Rtc, TransceiverInit,
};
use lapwing_simnet::{
    Application, Basis, Bitrate, Clock, Endpoint, HostCx, Limit, LinkSpec, Packet, Protocol,
    QueueSpec, RtcHost, Sim, Time, Transmit, connect_peers,
};

/// Virtual time of a run, and of a mere check that it runs.
const SPAN: Duration = Duration::from_secs(60);
const SPAN_CHECK: Duration = Duration::from_secs(3);

/// Sends a datagram of 1,200 bytes each half millisecond: 19 Mbit/s.
struct Source {
    port: u16,
}

impl Endpoint for Source {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        self.port = cx.bind(Protocol::Udp, 0).expect("a port is free");
        self.wake(cx);
    }

    fn receive(&mut self, _packet: Packet, _cx: &mut HostCx<'_>) {}

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        let source = (cx.address().expect("the host is connected"), self.port).into();
        let sink = ([192, 0, 2, 2], 7).into();
        cx.send(Transmit::udp(source, sink, vec![0; 1_172]));
        cx.wake_at(cx.now() + Duration::from_micros(500));
    }
}

/// Counts what arrives.
#[derive(Default)]
struct Counter(u64);

impl Endpoint for Counter {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(Protocol::Udp, 7).expect("the host has no other endpoint");
    }

    fn receive(&mut self, _packet: Packet, _cx: &mut HostCx<'_>) {
        self.0 += 1;
    }
}

fn link() -> LinkSpec {
    let limit = Limit::Time(Duration::from_millis(300), Basis::Current);
    LinkSpec::new()
        .rate(Bitrate::from_mbps(40), QueueSpec::TailDrop(limit))
        .delay(Duration::from_millis(20))
        .loss(0.01)
}

/// What a run was, and what it took.
struct Run {
    events: u64,
    arrived: u64,
    time: Duration,
}

/// Packets from host to host over two links with rate, queue, delay and loss, and a router.
fn packets(span: Duration) -> Run {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let (a, b) = (sim.host("a"), sim.host("b"));
    sim.connect(a, core, &[[192, 0, 2, 1].into()], &link(), &link());
    sim.connect(b, core, &[[192, 0, 2, 2].into()], &link(), &link());
    sim.attach(a, Source { port: 0 });
    let counter = sim.attach(b, Counter::default());
    let ((), time) = cpu(|| sim.run_until(Time::ZERO + span));
    Run { events: sim.events(), arrived: sim.endpoint(counter).0, time }
}

/// Sends a VP8 frame of 4 kB thirty times a second, 1 Mbit/s, and counts what arrives.
struct Caller {
    calls: bool,
    sent: u64,
    arrived: u64,
    frames: [Arc<[u8]>; 2],
}

impl Caller {
    fn new(calls: bool) -> Self {
        Caller { calls, sent: 0, arrived: 0, frames: [frame(4_000, true), frame(4_000, false)] }
    }
}

impl Application for Caller {
    fn event(&mut self, event: Event, _rtc: &mut Rtc, _now: Instant) {
        self.arrived += u64::from(matches!(event, Event::Frame(_)));
    }

    fn wake(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        if self.calls && rtc.negotiation().transceivers().is_empty() {
            rtc.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default());
        }
        let mid = rtc.negotiation().transceivers().first().and_then(|video| video.mid);
        if let Some(mid) = mid
            && rtc.connection_state() == ConnectionState::Connected
        {
            let keyframe = self.sent == 0;
            let time = MediaTime::new(self.sent * 3_000, MediaTime::VIDEO_RATE);
            let data = Arc::clone(&self.frames[usize::from(!keyframe)]);
            let frame = EncodedFrame { codec: Codec::Vp8, time, keyframe, data };
            if let Some(mut media) = rtc.media(mid) {
                media.write(&frame, now).expect("media is taken");
            }
            self.sent += 1;
        }
        Some(now + Duration::from_micros(33_333))
    }
}

/// A video call with 1 Mbit/s in each direction.
fn call(span: Duration) -> Run {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let clock = Clock::arbitrary();
    let peers = [1, 2].map(|number: u8| {
        let host = sim.host(&format!("peer {number}"));
        sim.connect(host, core, &[[192, 0, 2, number].into()], &link(), &link());
        let role = [NegotiationRole::Impolite, NegotiationRole::Polite][usize::from(number) - 1];
        let config = Config::seeded(number.into()).with_role(role);
        sim.attach(host, RtcHost::new(config, clock, Caller::new(number == 1)))
    });
    connect_peers(&mut sim, peers[0], peers[1], Duration::from_millis(40));
    let ((), time) = cpu(|| sim.run_until(Time::ZERO + span));
    let arrived = peers.map(|peer| sim.endpoint(peer).application().arrived).iter().sum();
    Run { events: sim.events(), arrived, time }
}

fn print_table(span: Duration) {
    let header = ["run", "events", "arrived", "processor", "events/s", "times real time"];
    let mut table = Table::new(header);
    for (name, run) in [("19 Mbit/s of packets", packets(span)), ("video call", call(span))] {
        assert!(run.arrived > 0, "{name}: nothing arrived");
        table.push([
            name.to_owned(),
            run.events.to_string(),
            run.arrived.to_string(),
            Unit::Seconds.write(run.time.as_secs_f64()),
            Unit::Count.write(run.events as f64 / run.time.as_secs_f64()),
            format!("{:.0}", span.as_secs_f64() / run.time.as_secs_f64()),
        ]);
    }
    println!("{table}");
}

fn simnet_speed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a virtual second");
    group.throughput(Throughput::Elements(1));
    for (name, run) in [("of packets", packets as fn(Duration) -> Run), ("of a call", call)] {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|seconds| run(Duration::from_secs(seconds)).time);
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    targets = simnet_speed
}

fn main() {
    print_table(if is_check() { SPAN_CHECK } else { SPAN });
    benches();
    Criterion::default().configure_from_args().final_summary();
}
