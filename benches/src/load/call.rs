//! A call in the laboratory whose frames have the sizes and times of speech and a picture of 1
//! Mbit/s.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Codec, Config, ConnectionState, EncodedFrame, Event, MediaKind, MediaTime, NegotiationRole,
    Rtc, SessionKind, TransceiverInit,
};
use lapwing_simnet::{
    Application, Basis, Bitrate, Clock, Handle, Limit, LinkId, LinkSpec, MachineId, QueueSpec,
    RtcHost, Sim, connect_peers,
};

use super::peer::frame;

/// Video of thirty frames a second and audio of fifty, 1 Mbit/s together, counted in beats of a
/// 150th second.
const BEAT: Duration = Duration::from_nanos(6_666_667);
const VIDEO_BEATS: u64 = 5;
const AUDIO_BEATS: u64 = 3;
const VIDEO_BYTES: usize = 4_000;
const AUDIO_BYTES: usize = 80;

/// Sends audio and video if told to, and counts the frames that arrive.
pub struct Caller {
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

/// 40 Mbit/s, 20 ms and a loss of one in a hundred.
pub fn link() -> LinkSpec {
    let limit = Limit::Time(Duration::from_millis(300), Basis::Current);
    LinkSpec::new()
        .rate(Bitrate::mbps(40), QueueSpec::TailDrop(limit))
        .delay(Duration::from_millis(20))
        .loss(0.01)
}

/// A call between two hosts of their own behind one router.
pub struct Call {
    peers: [Handle<RtcHost<Caller>>; 2],
    /// Up and down, of the first and of the second.
    links: [LinkId; 4],
}

impl Call {
    /// A call with audio and video over one kind of session, from the first to the second address
    /// or both ways. The seeds of its ends are `seed` and the next.
    pub fn begin(
        sim: &mut Sim,
        core: MachineId,
        addresses: [IpAddr; 2],
        (session, seed): (SessionKind, u64),
        both_ways: bool,
    ) -> Call {
        let clock = Clock::arbitrary();
        let roles = [NegotiationRole::Impolite, NegotiationRole::Polite];
        let ends = [0, 1].map(|end: usize| {
            let host = sim.host(&addresses[end].to_string());
            let connection = sim.connect(host, core, &[addresses[end]], &link(), &link());
            let mut config = Config::seeded(seed + end as u64).with_role(roles[end]);
            config.session = session;
            let caller = Caller::new(end == 0, end == 0 || both_ways);
            (sim.attach(host, RtcHost::new(config, clock, caller)), connection)
        });
        let peers = ends.map(|(peer, _)| peer);
        connect_peers(sim, peers[0], peers[1], Duration::from_millis(40));
        let [first, second] = ends.map(|(_, connection)| connection);
        Call { peers, links: [first.up, first.down, second.up, second.down] }
    }

    /// Frames that arrived at either end.
    pub fn arrived(&self, sim: &Sim) -> u64 {
        self.peers.map(|peer| sim.endpoint(peer).application().arrived).iter().sum()
    }

    /// Packets on its links, each counted once on each.
    pub fn packets(&self, sim: &Sim) -> u64 {
        self.links.iter().map(|link| sim.link_stats(*link).packets_in).sum()
    }
}
