//! The application of a peer: media on every m-line, messages of all sizes on every channel, its
//! own signalling, and what a program does when the path is lost. A model goes beside it, step by
//! step.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_engine::{
    ChannelId, CloseReason, Codec, ConnectionState, Direction, EncodedFrame, Event, MediaKind,
    MediaTime, Mid, Rtc, SdpType, WriteError,
};

use super::click::Click;
use super::coverage::{Aspect, Coverage};
use super::frames::{self, Frames};
use super::injected::InjectedFault;
use super::invariant::Invariant;
use super::model::{Ledger, Model};
use super::terms::Terms;
use crate::host::{Application, Signal};

/// Slow and small: what is sought is in the order of events, not in their number.
const FRAME_INTERVAL: Duration = Duration::from_millis(100);
const FRAME_BYTES: usize = 900;
const SOUND_BYTES: usize = 60;

/// Every so many frames a keyframe, and with every so many a message.
const KEYFRAME_EVERY: u64 = 40;
const MESSAGE_EVERY: u64 = 3;

/// How often ICE is restarted while there is no path.
const RESTART_INTERVAL: Duration = Duration::from_secs(5);

/// How the next offer is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OfferPlan {
    #[default]
    Plain,
    /// Set, and set again with more in it, before the peer hears of it.
    Twice,
    /// Set, and taken back before the peer hears of it.
    RollBack,
}

/// How the peer's next offer is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AnswerPlan {
    #[default]
    Now,
    Late(Duration),
    /// At once for the time being, and for good later.
    Provisional(Duration),
    /// It is taken back, and the peer told so.
    Decline,
}

#[derive(Debug)]
pub(super) struct Caller {
    pub(super) calls: bool,
    /// What the second channel is asked to be, which the one that calls opens.
    second: Terms,
    pub(super) fault: Option<InjectedFault>,
    pub(super) paused: bool,
    pub(super) closed: Option<CloseReason>,
    pub(super) violation: Option<(Invariant, String)>,
    pub(super) model: Model,
    pub(super) ledger: Ledger,
    pub(super) labels: BTreeMap<ChannelId, String>,
    /// What channels that were created here are asked to be.
    pub(super) kinds: BTreeMap<String, Terms>,
    pub(super) channels_made: usize,
    /// Messages of bulks that are still to be written.
    pub(super) owed_bulk: BTreeMap<String, u32>,
    /// Messages that were drawn, taken or not.
    pub(super) drawn: u64,
    /// Messages that came on channels without an order.
    pub(super) loose: u64,
    pub(super) frames: Frames,
    pub(super) reached: Coverage,
    /// When the last frame of each m-line came.
    pub(super) heard: BTreeMap<Mid, Instant>,
    /// What is to be signalled to the peer.
    pub(super) outbox: Vec<Signal>,
    pub(super) offers: OfferPlan,
    pub(super) answers: AnswerPlan,
    /// When the answer is due that is owed.
    pub(super) owed: Option<Instant>,
    pub(super) now: Option<Instant>,
    pub(super) turned: bool,
    names: u32,
    ticks: u64,
    pub(super) tracks: u32,
    restarted_at: Option<Instant>,
}

impl Caller {
    pub(super) fn new(calls: bool, second: Terms, fault: Option<InjectedFault>) -> Self {
        Caller {
            calls,
            second,
            fault,
            paused: false,
            closed: None,
            violation: None,
            // The one that calls is impolite.
            model: Model::new(!calls),
            ledger: Ledger::default(),
            labels: BTreeMap::new(),
            kinds: BTreeMap::new(),
            channels_made: 0,
            owed_bulk: BTreeMap::new(),
            drawn: 0,
            loose: 0,
            frames: Frames::default(),
            reached: Coverage::default(),
            heard: BTreeMap::new(),
            outbox: Vec::new(),
            offers: OfferPlan::Plain,
            answers: AnswerPlan::Now,
            owed: None,
            now: None,
            turned: false,
            names: 0,
            ticks: 0,
            tracks: 0,
            restarted_at: None,
        }
    }

    pub(super) fn violate(&mut self, invariant: Invariant, detail: String) {
        self.violation.get_or_insert((invariant, detail));
    }

    /// A name that nothing else has, at either end.
    pub(super) fn fresh_name(&mut self) -> String {
        self.names += 1;
        format!("{}{}", if self.calls { "a" } else { "b" }, self.names)
    }

    fn send(&mut self, rtc: &mut Rtc, now: Instant) {
        if !self.paused {
            for (mid, kind) in self.model.sending() {
                self.send_frame(mid, kind, rtc, now);
            }
        }
        if self.ticks.is_multiple_of(MESSAGE_EVERY) {
            self.send_messages(rtc);
        }
        self.send_bulk(rtc);
    }

    fn send_frame(&mut self, mid: Mid, kind: MediaKind, rtc: &mut Rtc, now: Instant) {
        if self.fault == Some(InjectedFault::SilentWhenTurned) && self.turned {
            return;
        }
        let number = self.ticks;
        let frame = match kind {
            MediaKind::Video => picture(number),
            MediaKind::Audio => sound(number),
        };
        let written = match rtc.media(mid) {
            Some(mut media) => media.write(&frame, now),
            None => Err(WriteError::UnknownMid),
        };
        match written {
            Ok(()) => self.frames.took(mid, number, now),
            Err(WriteError::Full) => {}
            Err(error) => self.violate(Invariant::FrameTaken, format!("{kind} of {mid}: {error}")),
        }
    }

    /// What an event says of how far the search has come.
    fn note(&mut self, event: &Event, rtc: &Rtc) {
        let (aspect, state) = match event {
            Event::SignalingStateChanged(state) => (Aspect::Signalling, state.name()),
            Event::IceConnectionStateChanged(state) => (Aspect::Ice, state.name()),
            Event::ConnectionStateChanged(state) => (Aspect::Connection, state.name()),
            _ => return,
        };
        self.reached.reach(aspect, state);
        self.reached.reach(Aspect::Dtls, rtc.stats().transport.dtls_state.name());
    }

    pub(super) fn restart_ice(&mut self, rtc: &mut Rtc) {
        rtc.negotiation().restart_ice();
        self.model.restart();
        self.check("a restart", rtc);
    }

    fn restart(&mut self, rtc: &mut Rtc, now: Instant) {
        let recent = self.restarted_at.is_some_and(|at| now < at + RESTART_INTERVAL);
        if !recent {
            self.restarted_at = Some(now);
            self.restart_ice(rtc);
        }
    }
}

impl Application for Caller {
    fn event(&mut self, event: Event, rtc: &mut Rtc, now: Instant) {
        self.now = Some(now);
        self.note(&event, rtc);
        match event {
            Event::NegotiationNeeded => self.on_needed(rtc),
            Event::IceCandidate(signalled) => {
                self.outbox.push(Signal::Candidate(signalled.line()));
            }
            Event::ChannelOpened(opened) => self.on_opened(opened, rtc),
            Event::ChannelClosed(id) => self.on_closed(id),
            Event::ChannelMessage(message) => self.on_message(&message),
            Event::Frame(received) => {
                self.frames.came(received.mid, &received.frame.data);
                self.heard.insert(received.mid, now);
            }
            Event::TrackAdded(_) => self.tracks += 1,
            // What only flashes by counts too: the path in use was lost while others are tried.
            Event::ConnectionStateChanged(ConnectionState::Disconnected) => self.restart(rtc, now),
            Event::Closed(reason) => {
                self.closed = Some(reason);
                self.model.close();
            }
            _ => {}
        }
    }

    fn wake(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        self.now = Some(now);
        if self.closed.is_some() {
            return None;
        }
        self.check_rest(rtc);
        if self.owed.is_some_and(|due| due <= now) {
            self.answer(SdpType::Answer, rtc);
        }
        // Not at the very start, when nobody knows of the other yet.
        if self.calls && self.ticks == 1 {
            self.create_channel("chat", Terms::Plain, rtc);
            self.create_channel("second", self.second, rtc);
            self.click(Click::Add(MediaKind::Video, Direction::SendRecv), rtc, now);
        }
        match rtc.connection_state() {
            ConnectionState::Connected => self.send(rtc, now),
            ConnectionState::Disconnected | ConnectionState::Failed => self.restart(rtc, now),
            _ => {}
        }
        self.ticks += 1;
        Some(now + FRAME_INTERVAL)
    }
}

/// A VP8 frame by its first bytes (RFC 6386 section 9.1).
fn picture(number: u64) -> EncodedFrame {
    let mut data = vec![number as u8; FRAME_BYTES];
    let keyframe = number.is_multiple_of(KEYFRAME_EVERY);
    let start: &[u8] = if keyframe {
        &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]
    } else {
        &[0x11, 0, 0]
    };
    data[..start.len()].copy_from_slice(start);
    frames::number(&mut data, number);
    let time = MediaTime::new(number * 9_000, MediaTime::VIDEO_RATE);
    EncodedFrame { codec: Codec::Vp8, time, keyframe, data: Arc::from(data) }
}

fn sound(number: u64) -> EncodedFrame {
    let mut data = vec![number as u8; SOUND_BYTES];
    frames::number(&mut data, number);
    let data = Arc::from(data);
    let time = MediaTime::new(number * 4_800, MediaTime::OPUS_RATE);
    EncodedFrame { codec: Codec::Opus, time, keyframe: true, data }
}
