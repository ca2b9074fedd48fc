//! What a call costs by how many there are in one world: processor time, memory, events.
//!
//! ```text
//! cargo run --release -p lapwing-simnet --example scale
//! cargo run --release -p lapwing-simnet --example scale -- 1 200 --seconds 60
//! ```
//!
//! Each call sends audio and video of 1 Mbit/s over two links of its own, with a router that all
//! share. A row is a process of its own, so that its memory is its own. The network is a star: with
//! the calls grow its machines, its links, and the routes of the router.

use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Codec, Config, ConnectionState, EncodedFrame, Event, MediaKind, MediaTime, NegotiationRole,
    Rtc, TransceiverInit,
};
use lapwing_simnet::{
    Application, Basis, Bitrate, Clock, Handle, Limit, LinkSpec, QueueSpec, RtcHost, Sim, Time,
    connect_peers,
};
use nix::sys::resource::{UsageWho, getrusage};

/// Rows of the table.
const CALLS: [u64; 4] = [1, 10, 50, 200];

/// Virtual seconds of a row.
const SECONDS: u64 = 20;

/// Of these, calls are set up in the first: they are not counted.
const SETTING_UP: Duration = Duration::from_secs(3);

/// Video of thirty frames a second and audio of fifty, in beats of a 150th second.
const BEAT: Duration = Duration::from_nanos(6_666_667);
const VIDEO: (u64, usize) = (5, 4_000);
const AUDIO: (u64, usize) = (3, 80);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut calls, mut seconds, mut is_row) = (Vec::new(), SECONDS, false);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match (word.as_str(), word.parse()) {
            ("--row", _) => is_row = true,
            ("--seconds", _) => {
                seconds = rest.next().and_then(|word| word.parse().ok()).unwrap_or(SECONDS);
            }
            (_, Ok(number)) => calls.push(number),
            _ => {
                eprintln!("scale: [CALLS..] [--seconds N]");
                return ExitCode::from(2);
            }
        }
    }
    if is_row {
        row(calls.first().copied().unwrap_or(1), seconds);
        return ExitCode::SUCCESS;
    }
    println!(
        "{:>6} {:>10} {:>12} {:>14} {:>12} {:>12} {:>12} {:>12}",
        "calls",
        "frames",
        "processor s",
        "call s per s",
        "packets/s",
        "MB at 1/3",
        "MB at end",
        "MB a call"
    );
    for number in if calls.is_empty() { CALLS.to_vec() } else { calls } {
        let program = std::env::current_exe().expect("an example has a file");
        let row = Command::new(program)
            .args([&number.to_string(), "--row", "--seconds", &seconds.to_string()])
            .status();
        if !row.is_ok_and(|status| status.success()) {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Plays a world of so many calls, and prints what it took.
fn row(calls: u64, seconds: u64) {
    let before = memory_mb();
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let link = link();
    let mut links = Vec::new();
    let peers: Vec<[Handle<RtcHost<Caller>>; 2]> = (0..calls)
        .map(|call| {
            let pair = [1, 2].map(|end: u8| {
                let host = sim.host(&format!("peer {end} of {call}"));
                let address = [10, (call >> 8) as u8, call as u8, end];
                let connection = sim.connect(host, core, &[address.into()], &link, &link);
                links.extend([connection.up, connection.down]);
                let role = [NegotiationRole::Impolite, NegotiationRole::Polite];
                let config = Config::seeded(2 * call + u64::from(end));
                let config = config.with_role(role[usize::from(end) - 1]);
                sim.attach(host, RtcHost::new(config, Clock::arbitrary(), Caller::new(end == 1)))
            });
            connect_peers(&mut sim, pair[0], pair[1], Duration::from_millis(40));
            pair
        })
        .collect();
    let packets =
        |sim: &Sim| -> u64 { links.iter().map(|link| sim.link_stats(*link).packets_in).sum() };
    sim.run_until(Time::ZERO + SETTING_UP);
    let (began, sent) = (processor_time(), packets(&sim));
    let span = Duration::from_secs(seconds);
    sim.run_until(Time::ZERO + SETTING_UP + span / 3);
    let early = memory_mb() - before;
    sim.run_until(Time::ZERO + SETTING_UP + span);
    let (took, late) = ((processor_time() - began).as_secs_f64(), memory_mb() - before);
    let sent = (packets(&sim) - sent) as f64;
    let frames: u64 = peers.iter().map(|pair| sim.endpoint(pair[1]).application().arrived).sum();
    let rate = (calls * seconds) as f64 / took;
    println!(
        "{calls:>6} {frames:>10} {took:>12.2} {rate:>14.0} {:>12.0} {early:>12.1} {late:>12.1} {:>12.2}",
        sent / took,
        late / calls as f64
    );
}

fn link() -> LinkSpec {
    let limit = Limit::Time(Duration::from_millis(300), Basis::Current);
    LinkSpec::new()
        .rate(Bitrate::mbps(40), QueueSpec::TailDrop(limit))
        .delay(Duration::from_millis(20))
        .loss(0.01)
}

/// Sends audio and video if told to, and counts the frames that arrive.
struct Caller {
    calls: bool,
    beats: u64,
    arrived: u64,
    video: [Arc<[u8]>; 2],
    audio: Arc<[u8]>,
}

impl Caller {
    fn new(calls: bool) -> Self {
        let picture = |start: &[u8]| {
            let mut data = vec![0x5a; VIDEO.1];
            data[..start.len()].copy_from_slice(start);
            Arc::from(data)
        };
        let keyframe = picture(&[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
        let video = [keyframe, picture(&[0x11, 0, 0])];
        Caller { calls, beats: 0, arrived: 0, video, audio: Arc::from([7; AUDIO.1]) }
    }

    /// What is due at this beat.
    fn frame(&self, kind: MediaKind) -> Option<EncodedFrame> {
        let (codec, beats, ticks, rate) = match kind {
            MediaKind::Video => (Codec::Vp8, VIDEO.0, 3_000, MediaTime::VIDEO_RATE),
            MediaKind::Audio => (Codec::Opus, AUDIO.0, 960, MediaTime::OPUS_RATE),
        };
        let number = self.beats / beats;
        let keyframe = kind == MediaKind::Audio || number == 0;
        let data = match kind {
            MediaKind::Video => &self.video[usize::from(!keyframe)],
            MediaKind::Audio => &self.audio,
        };
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
        if self.calls && rtc.connection_state() == ConnectionState::Connected {
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
        let beats = next(VIDEO.0).min(next(AUDIO.0));
        self.beats += beats;
        Some(now + BEAT * beats as u32)
    }
}

fn processor_time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system tells it");
    let of = |time: nix::sys::time::TimeVal| {
        Duration::from_micros((time.tv_sec() * 1_000_000 + time.tv_usec()) as u64)
    };
    of(usage.user_time()) + of(usage.system_time())
}

/// The most that the process had in memory so far.
fn memory_mb() -> f64 {
    getrusage(UsageWho::RUSAGE_SELF).expect("the system tells it").max_rss() as f64 / 1_024.0
}
