//! How fast the network laboratory runs: packets through links and routers, and whole calls with
//! engines at both ends, in virtual time per processor time.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group};
use lapwing_benches::load::{Call, link};
use lapwing_benches::measure::{cpu, is_check};
use lapwing_benches::plot::{Table, Unit};
use lapwing_engine::SessionKind;
use lapwing_simnet::{Endpoint, HostCx, IpProtocol, Packet, PacketSpec, Sim, Time};

/// Virtual time of a run, and of a mere check that it runs.
const SPAN: Duration = Duration::from_secs(60);
const SPAN_CHECK: Duration = Duration::from_secs(3);

/// Sends a datagram of 1,200 bytes each half millisecond: 19 Mbit/s.
struct Source {
    port: u16,
}

impl Endpoint for Source {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        self.port = cx.bind(IpProtocol::Udp, 0).expect("a port is free");
        self.wake(cx);
    }

    fn receive(&mut self, _packet: Packet, _cx: &mut HostCx<'_>) {}

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        let source = (cx.address().expect("the host is connected"), self.port).into();
        let sink = ([192, 0, 2, 2], 7).into();
        cx.send(PacketSpec::udp(source, sink, vec![0; 1_172]));
        cx.wake_at(cx.now() + Duration::from_micros(500));
    }
}

/// Counts what arrives.
#[derive(Default)]
struct Counter(u64);

impl Endpoint for Counter {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(IpProtocol::Udp, 7).expect("the host has no other endpoint");
    }

    fn receive(&mut self, _packet: Packet, _cx: &mut HostCx<'_>) {
        self.0 += 1;
    }
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

/// A call with audio and video of 1 Mbit/s over one kind of session, from the first to the second
/// peer or both ways.
fn call(span: Duration, session: SessionKind, both_ways: bool) -> Run {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let addresses = [1, 2].map(|number| [192, 0, 2, number].into());
    let call = Call::begin(&mut sim, core, addresses, (session, 1), both_ways);
    let ((), time) = cpu(|| sim.run_until(Time::ZERO + span));
    Run { events: sim.events(), arrived: call.arrived(&sim), time }
}

fn print_table(span: Duration) {
    let header = ["run", "events", "arrived", "processor", "events/s", "times real time"];
    let mut table = Table::new(header);
    for (name, run) in [
        ("19 Mbit/s of packets", packets(span)),
        ("call, 1 Mbit/s", call(span, SessionKind::Own, false)),
        ("call, 1 Mbit/s each way", call(span, SessionKind::Own, true)),
        ("call over str0m, 1 Mbit/s", call(span, SessionKind::Str0m, false)),
        ("call over str0m, 1 Mbit/s each way", call(span, SessionKind::Str0m, true)),
    ] {
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
    let call = |span| call(span, SessionKind::Own, false);
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
