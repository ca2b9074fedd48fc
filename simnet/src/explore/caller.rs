//! The application of a peer: media both ways, numbered messages, and what a program does when the
//! path is lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_engine::{
    ChannelConfig, ChannelId, CloseReason, Codec, ConnectionState, EncodedFrame, Event, MediaKind,
    MediaTime, Rtc, TransceiverInit, WriteError,
};

use super::injected::InjectedFault;
use super::invariant::Invariant;
use crate::host::Application;

/// Slow and small: what is sought is in the order of events, not in their number.
const FRAME_INTERVAL: Duration = Duration::from_millis(100);
const FRAME_BYTES: usize = 900;

/// Every so many frames a keyframe, and with every so many a message.
const KEYFRAME_EVERY: u64 = 40;
const MESSAGE_EVERY: u64 = 3;

/// How often ICE is restarted while there is no path.
const RESTART_INTERVAL: Duration = Duration::from_secs(5);

/// M-lines that renegotiations add at most.
const LINES_MAX: usize = 6;

#[derive(Debug, Default)]
pub(super) struct Caller {
    calls: bool,
    fault: Option<InjectedFault>,
    pub(super) paused: bool,
    pub(super) closed: Option<CloseReason>,
    pub(super) last_frame: Option<Instant>,
    pub(super) violation: Option<(Invariant, String)>,
    channel: Option<ChannelId>,
    ticks: u64,
    messages_sent: u64,
    messages_received: u64,
    tracks: u32,
    restarted_at: Option<Instant>,
}

impl Caller {
    pub(super) fn new(calls: bool, fault: Option<InjectedFault>) -> Self {
        Caller { calls, fault, ..Caller::default() }
    }

    fn violate(&mut self, invariant: Invariant, detail: String) {
        self.violation.get_or_insert((invariant, detail));
    }

    fn on_message(&mut self, data: &[u8]) {
        if self.fault == Some(InjectedFault::LosesMessage) && self.tracks > 1 {
            self.fault = None;
            return;
        }
        let number = data.try_into().map_or(u64::MAX, u64::from_be_bytes);
        if number != self.messages_received {
            let expected = self.messages_received;
            self.violate(Invariant::InOrder, format!("message {number} instead of {expected}"));
        }
        self.messages_received += 1;
    }

    fn send(&mut self, rtc: &mut Rtc, now: Instant) {
        let lines = rtc.negotiation().transceivers();
        let line = lines.iter().find(|line| line.kind == MediaKind::Video);
        let Some(mid) = line.and_then(|line| line.mid) else { return };
        if !self.paused
            && let Some(mut media) = rtc.media(mid)
        {
            // What is not negotiated yet, or not to flow, is no fault.
            if let Err(error @ (WriteError::NotDrained | WriteError::Refused)) =
                media.write(&frame(self.ticks), now)
            {
                self.violate(Invariant::FrameTaken, error.to_string());
            }
        }
        if self.calls
            && self.ticks.is_multiple_of(MESSAGE_EVERY)
            && let Some(mut channel) = self.channel.and_then(|id| rtc.channel(id))
            && channel.write_binary(&self.messages_sent.to_be_bytes()).is_ok()
        {
            self.messages_sent += 1;
        }
    }

    fn restart(&mut self, rtc: &mut Rtc, now: Instant) {
        let recent = self.restarted_at.is_some_and(|at| now < at + RESTART_INTERVAL);
        if !recent {
            self.restarted_at = Some(now);
            rtc.negotiation().restart_ice();
        }
    }

    /// Adds an m-line, within limits.
    pub(super) fn renegotiate(rtc: &mut Rtc) {
        let mut negotiation = rtc.negotiation();
        if negotiation.transceivers().len() < LINES_MAX {
            negotiation.add_transceiver(MediaKind::Audio, TransceiverInit::default());
        }
    }
}

impl Application for Caller {
    fn event(&mut self, event: Event, rtc: &mut Rtc, now: Instant) {
        match event {
            Event::ChannelOpened(opened) if opened.label == "chat" => {
                self.channel = Some(opened.id);
            }
            Event::ChannelClosed(id) if self.channel == Some(id) => self.channel = None,
            Event::ChannelMessage(message) => self.on_message(&message.data),
            Event::Frame(_) => self.last_frame = Some(now),
            Event::TrackAdded(_) => self.tracks += 1,
            // What only flashes by counts too: the path in use was lost while others are tried.
            Event::ConnectionStateChanged(ConnectionState::Disconnected) => self.restart(rtc, now),
            Event::Closed(reason) => self.closed = Some(reason),
            _ => {}
        }
    }

    fn wake(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        if self.closed.is_some() {
            return None;
        }
        // Not at the very start, when nobody knows of the other yet.
        if self.calls && self.ticks == 1 {
            let asked = rtc.create_channel(ChannelConfig::new("chat"));
            debug_assert!(asked.is_ok(), "the first channel");
            rtc.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default());
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
fn frame(number: u64) -> EncodedFrame {
    let mut data = vec![number as u8; FRAME_BYTES];
    let keyframe = number.is_multiple_of(KEYFRAME_EVERY);
    let start: &[u8] = if keyframe {
        &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]
    } else {
        &[0x11, 0, 0]
    };
    data[..start.len()].copy_from_slice(start);
    let time = MediaTime::new(number * 9_000, MediaTime::VIDEO_RATE);
    EncodedFrame { codec: Codec::Vp8, time, keyframe, data: Arc::from(data) }
}
