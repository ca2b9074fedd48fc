//! Two engines in the laboratory.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_engine::{
    ChannelConfig, ChannelId, Codec, Config, ConnectionState, EncodedFrame, Event, MediaKind,
    MediaTime, NegotiationRole, Rtc, SelectedPair, TransceiverInit,
};
use lapwing_simnet::middlebox::{Dependence, NatConfig};
use lapwing_simnet::{
    Application, ChainLog, Clock, Handle, LinkSpec, MachineId, RtcHost, Sim, Time, connect_peers,
};

use crate::fixtures::ms;

/// Sends a frame and a message every 33 ms, and counts what arrives.
#[derive(Default)]
struct Caller {
    calls: bool,
    channel: Option<ChannelId>,
    sent: u64,
    frames: Vec<u64>,
    /// Messages written, once the channel was open, and messages that arrived.
    written: u64,
    messages: u64,
    pair: Option<SelectedPair>,
}

const FRAME_INTERVAL: Duration = Duration::from_millis(33);
const FRAME_BYTES: usize = 2_400;

/// A VP8 frame (RFC 6386 section 9.1) that carries its number.
fn vp8(number: u64) -> EncodedFrame {
    let mut data = vec![0; FRAME_BYTES];
    let keyframe = number == 0;
    let start: &[u8] = if keyframe {
        &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]
    } else {
        &[0x11, 0, 0]
    };
    data[..start.len()].copy_from_slice(start);
    data[100..108].copy_from_slice(&number.to_be_bytes());
    let time = MediaTime::new(number * 2_970, MediaTime::VIDEO_RATE);
    EncodedFrame { codec: Codec::Vp8, time, keyframe, data: Arc::from(data) }
}

impl Application for Caller {
    fn event(&mut self, event: Event, _: &mut Rtc, _: Instant) {
        match event {
            Event::ChannelOpened(channel) => self.channel = Some(channel.id),
            Event::ChannelMessage(_) => self.messages += 1,
            Event::Frame(frame) => {
                let number = frame.frame.data[100..108].try_into().expect("eight bytes");
                self.frames.push(u64::from_be_bytes(number));
            }
            Event::SelectedPairChanged(pair) => self.pair = Some(pair),
            _ => {}
        }
    }

    fn wake(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        if !self.calls {
            return None;
        }
        if rtc.negotiation().transceivers().is_empty() {
            rtc.create_channel(ChannelConfig::new("chat")).expect("the first channel");
            rtc.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default());
        }
        if rtc.connection_state() == ConnectionState::Connected {
            let mid = rtc.negotiation().transceivers()[0].mid.expect("it is negotiated");
            let frame = vp8(self.sent);
            rtc.media(mid).expect("it is negotiated").write(&frame, now).expect("taken");
            self.sent += 1;
            if let Some(mut channel) = self.channel.and_then(|id| rtc.channel(id)) {
                channel.write_text("ping").expect("the buffer has room");
                self.written += 1;
            }
        }
        Some(now + FRAME_INTERVAL)
    }
}

type Peer = Handle<RtcHost<Caller>>;

/// `a` calls `b`; both are attached below their parents by `link`.
fn call(sim: &mut Sim, parents: [MachineId; 2], link: &LinkSpec) -> [Peer; 2] {
    let clock = Clock::arbitrary();
    let place = |(i, name): (usize, &str)| {
        let host = sim.host(name);
        let address = format!("10.0.{i}.1").parse().expect("an address");
        sim.connect(host, parents[i], &[address], link, link);
        let role = [NegotiationRole::Impolite, NegotiationRole::Polite][i];
        let config = Config::seeded(i as u64).with_role(role);
        let caller = Caller { calls: i == 0, ..Caller::default() };
        sim.attach(host, RtcHost::new(config, clock, caller))
    };
    let peers = [(0, "a"), (1, "b")].map(place);
    connect_peers(sim, peers[0], peers[1], ms(40));
    peers
}

fn lossy_call(seed: u64) -> (Sim, [Peer; 2]) {
    let mut sim = Sim::new(seed);
    let core = sim.router("core");
    let link = LinkSpec::new().delay(ms(15)).loss(0.02);
    let peers = call(&mut sim, [core, core], &link);
    (sim, peers)
}

#[test]
fn two_engines_connect_and_talk_over_a_lossy_link() {
    let (mut sim, [a, b]) = lossy_call(1);
    sim.run_until(Time::from_secs(15));
    let (a, b) = (sim.endpoint(a).application(), sim.endpoint(b).application());
    assert!(a.sent > 400, "{} frames sent: connected within two seconds", a.sent);
    // Retransmission repairs the losses; the last frames are on their way.
    assert!(b.frames.len() as u64 > a.sent - 15, "{} of {}", b.frames.len(), a.sent);
    assert!(b.frames.is_sorted());
    // The channel may open late: an association that loses a chunk of its handshake waits for three
    // seconds (RFC 4960 section 15), and twice as long when it loses the next.
    assert!(a.written > 150, "{} messages written", a.written);
    // A message that was lost twice, and all behind it, wait for a second (RFC 9260 section 16): 30
    // messages, and a few under way.
    assert!(b.messages > a.written - 40, "{} messages of {}", b.messages, a.written);
}

#[test]
fn engines_meet_through_the_nats_of_the_laboratory() {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let wire = LinkSpec::new().delay(ms(5));
    let outside = "198.51.100.1".parse().expect("an address");
    let nat = sim.nat(
        "nat",
        NatConfig {
            mapping: Dependence::AddressAndPortDependent,
            filtering: Dependence::AddressAndPortDependent,
            ..NatConfig::new([outside])
        },
    );
    sim.connect(nat, core, &[outside], &wire, &wire);
    // Only `a` is behind the NAT: `b` learns where it is from its checks.
    let [a, b] = call(&mut sim, [nat, core], &wire);
    sim.run_until(Time::from_secs(5));
    let pair = sim.endpoint(b).application().pair.expect("a pair was selected");
    assert_eq!(pair.remote.ip(), outside);
    assert!(sim.endpoint(a).application().sent > 50);
    assert!(sim.endpoint(b).application().frames.len() > 50);
}

/// Set in the processes that print a chain.
const CHILD: &str = "LAPWING_PRINT_CHAIN";
const REPEAT_TEST: &str = "peers::a_call_repeats_in_a_fresh_process";

/// In a process like any other: nothing of the system is replaced.
#[test]
fn a_call_repeats_in_a_fresh_process() {
    if std::env::var_os(CHILD).is_none() {
        let (first, second) = (chain_of_child(), chain_of_child());
        assert!(first.links.len() > 5_000, "only {} events", first.links.len());
        assert_eq!(first.first_difference(&second), None);
        return;
    }
    let (mut sim, _) = lossy_call(1);
    sim.watch(ChainLog::default());
    sim.run_until(Time::from_secs(10));
    let chain = std::mem::take(sim.watcher::<ChainLog>().expect("it watches"));
    for link in chain.links {
        println!("LINK {link:016x}");
    }
}

/// Runs the call in a process of its own.
fn chain_of_child() -> ChainLog {
    let output = Command::new(std::env::current_exe().expect("a test has a binary"))
        .args([REPEAT_TEST, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .expect("the test binary starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let links = text.lines().filter_map(|line| line.strip_prefix("LINK "));
    let links = links.map(|hex| u64::from_str_radix(hex, 16).expect("a chain's value"));
    ChainLog { links: links.collect() }
}
