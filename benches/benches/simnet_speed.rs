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
    Rtc, SessionKind, TransceiverInit,
};
use lapwing_simnet::{
    Application, Basis, Bitrate, Clock, Endpoint, HostCx, IpProtocol, Limit, LinkSpec, Packet,
    PacketSpec, QueueSpec, RtcHost, Sim, Time, connect_peers,
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

fn link() -> LinkSpec {
    let limit = Limit::Time(Duration::from_millis(300), Basis::Current);
    LinkSpec::new()
        .rate(Bitrate::mbps(40), QueueSpec::TailDrop(limit))
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

/// Video of thirty frames a second and audio of fifty, 1 Mbit/s together, counted in beats of a
/// 150th second.
const BEAT: Duration = Duration::from_nanos(6_666_667);
const VIDEO_BEATS: u64 = 5;
const AUDIO_BEATS: u64 = 3;
const VIDEO_BYTES: usize = 4_000;
const AUDIO_BYTES: usize = 80;

/// Sends audio and video if told to, and counts the frames that arrive.
struct Caller {
    calls: bool,
    sends: bool,
    beats: u64,
    arrived: u64,
    video: [Arc<[u8]>; 2],
    audio: Arc<[u8]>,
}

impl Caller {
    fn new(calls: bool, sends: bool) -> Self {
        let video = [frame(VIDEO_BYTES, true), frame(VIDEO_BYTES, false)];
        Caller { calls, sends, beats: 0, arrived: 0, video, audio: Arc::from([7; AUDIO_BYTES]) }
    }

    /// What is due at this beat.
    fn frame(&self, kind: MediaKind) -> Option<EncodedFrame> {
        let (codec, beats, ticks) = match kind {
            MediaKind::Video => (Codec::Vp8, VIDEO_BEATS, 3_000),
            MediaKind::Audio => (Codec::Opus, AUDIO_BEATS, 960),
        };
        let number = self.beats / beats;
        let keyframe = kind == MediaKind::Audio || number == 0;
        let data = match kind {
            MediaKind::Video => &self.video[usize::from(!keyframe)],
            MediaKind::Audio => &self.audio,
        };
        let rate = if kind == MediaKind::Video { MediaTime::VIDEO_RATE } else { 48_000 };
        let time = MediaTime::new(number * ticks, rate);
        let due = self.beats.is_multiple_of(beats);
        due.then(|| EncodedFrame { codec, time, keyframe, data: Arc::clone(data) })
    }
}

impl Application for Caller {
    fn event(&mut self, event: Event, _rtc: &mut Rtc, _now: Instant) {
        self.arrived += u64::from(matches!(event, Event::Frame(_)));
    }

    fn wake(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        if self.calls && rtc.negotiation().transceivers().is_empty() {
            for kind in [MediaKind::Audio, MediaKind::Video] {
                rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
            }
        }
        if self.sends && rtc.connection_state() == ConnectionState::Connected {
            let lines = rtc.negotiation().transceivers();
            let lines: Vec<_> =
                lines.iter().filter_map(|line| Some((line.kind, line.mid?))).collect();
            for (kind, mid) in lines {
                if let Some(frame) = self.frame(kind)
                    && let Some(mut media) = rtc.media(mid)
                {
                    media.write(&frame, now).expect("media is taken");
                }
            }
        }
        let next = |beats: u64| beats - self.beats % beats;
        let beats = next(VIDEO_BEATS).min(next(AUDIO_BEATS));
        self.beats += beats;
        Some(now + BEAT * beats as u32)
    }
}

/// A call with audio and video of 1 Mbit/s over one kind of session, from the first to the second
/// peer or both ways.
fn call(span: Duration, session: SessionKind, both_ways: bool) -> Run {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let clock = Clock::arbitrary();
    let peers = [1, 2].map(|number: u8| {
        let host = sim.host(&format!("peer {number}"));
        sim.connect(host, core, &[[192, 0, 2, number].into()], &link(), &link());
        let role = [NegotiationRole::Impolite, NegotiationRole::Polite][usize::from(number) - 1];
        let mut config = Config::seeded(number.into()).with_role(role);
        config.session = session;
        sim.attach(
            host,
            RtcHost::new(config, clock, Caller::new(number == 1, number == 1 || both_ways)),
        )
    });
    connect_peers(&mut sim, peers[0], peers[1], Duration::from_millis(40));
    let ((), time) = cpu(|| sim.run_until(Time::ZERO + span));
    let arrived = peers.map(|peer| sim.endpoint(peer).application().arrived).iter().sum();
    Run { events: sim.events(), arrived, time }
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
