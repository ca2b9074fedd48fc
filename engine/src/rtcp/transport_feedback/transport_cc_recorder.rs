//! The receiver's side of transport-wide feedback
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01).

use std::time::{Duration, Instant};

use super::arrivals::{Arrivals, Arrived};
use crate::bitrate::Bitrate;
use crate::ids::Ssrc;
use crate::rtcp::packet::TransportCcWriter;
use crate::rtcp::unwrap::Unwrapper;

/// Time between two messages, as in libwebrtc.
const INTERVAL_DEFAULT: Duration = Duration::from_millis(100);
const INTERVAL_MIN: Duration = Duration::from_millis(50);
const INTERVAL_MAX: Duration = Duration::from_millis(250);

/// What a message costs on the wire, and the share of the bitrate it may have.
const MESSAGE_BYTES: u64 = 68;
const SHARE_DIVISOR: u64 = 20;

/// Packets kept: what arrives in the longest interval at 30,000 packets a second, and as much for
/// what was told of.
const PACKETS_MAX: usize = 16_384;

/// The receiver's clock begins so far above zero that packets before it can be told.
const CLOCK_BEGIN: Duration = Duration::from_secs(64);

/// Records arrivals, and writes the messages that tell of them.
#[derive(Clone, Debug)]
pub struct TransportCcRecorder {
    zero: Instant,
    numbers: Unwrapper<16>,
    arrivals: Arrivals,
    media_ssrc: Ssrc,
    interval: Duration,
    due_at: Option<Instant>,
    message_count: u8,
    writer: TransportCcWriter,
}

impl TransportCcRecorder {
    /// A recorder whose clock begins now.
    pub fn new(now: Instant) -> Self {
        TransportCcRecorder {
            zero: now,
            numbers: Unwrapper::default(),
            arrivals: Arrivals::new(PACKETS_MAX),
            media_ssrc: Ssrc(0),
            interval: INTERVAL_DEFAULT,
            due_at: None,
            message_count: 0,
            writer: TransportCcWriter::new(),
        }
    }

    /// The rate at which this side may send: messages take a twentieth of it, within 50 to 250 ms.
    pub fn set_send_bitrate(&mut self, bitrate: Bitrate) {
        let share = Bitrate::bps(bitrate.as_bps() / SHARE_DIVISOR);
        let interval = share.time_for(MESSAGE_BYTES).unwrap_or(INTERVAL_MAX);
        self.interval = interval.clamp(INTERVAL_MIN, INTERVAL_MAX);
    }

    /// A packet arrived with this transport-wide sequence number.
    pub fn on_packet(&mut self, sequence: u16, media_ssrc: Ssrc, at: Instant) {
        let number = self.numbers.extend(u32::from(sequence));
        self.media_ssrc = media_ssrc;
        if self.arrivals.add(Arrived { number, at, ecn: None }) && self.due_at.is_none() {
            self.due_at = Some(at + self.interval);
        }
    }

    /// When a message is due; never while nothing arrives.
    pub fn next_due(&self) -> Option<Instant> {
        self.due_at
    }

    /// Appends the messages that are due, none larger than `bytes_max`: several where packets lie
    /// so far apart, in time or number, that one cannot tell of all.
    pub fn poll(&mut self, now: Instant, sender: Ssrc, bytes_max: usize, out: &mut Vec<u8>) {
        if self.due_at.is_none_or(|due_at| due_at > now) {
            return;
        }
        self.due_at = None;
        let Some((start, arrived)) = self.arrivals.pending() else { return };
        let mut end = start;
        self.writer.begin(0, Duration::ZERO);
        for Arrived { number, at, .. } in arrived {
            let at = CLOCK_BEGIN + at.saturating_duration_since(self.zero);
            if self.writer.is_empty() {
                self.writer.begin(end, at);
            }
            if !self.writer.push(*number, at, bytes_max) {
                if !self.writer.is_empty() {
                    self.writer.finish(out, sender, self.media_ssrc, self.message_count);
                    self.message_count = self.message_count.wrapping_add(1);
                    self.writer.begin(end, at);
                }
                if !self.writer.push(*number, at, bytes_max) {
                    // The gap alone is more than a message can tell: it is left out.
                    self.writer.begin(*number, at);
                    self.writer.push(*number, at, bytes_max);
                }
            }
            end = number + 1;
        }
        if !self.writer.is_empty() {
            self.writer.finish(out, sender, self.media_ssrc, self.message_count);
            self.message_count = self.message_count.wrapping_add(1);
        }
        self.arrivals.told(end, now);
    }
}
