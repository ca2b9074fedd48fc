//! Copies of sound in the packets after it (RED, RFC 2198).
//!
//! 1. The application says which copies there are, or that losses decide (`rtp/copies.rs`).
//! 2. What the peer tells of losses is noted.
//! 3. A frame is written: there are as many copies as the estimated bandwidth has room for, and the
//!    frame goes by itself where that is none.
//! 4. What copies take is not left for media.

use std::time::Instant;

use super::session::OwnSession;
use super::stream_out::{PAYLOAD_BYTES_MAX, StreamOut};
use crate::bitrate::Bitrate;
use crate::codec::MediaKind;
use crate::feedback::PacketClass;
use crate::ids::PayloadType;
use crate::redundancy::CopyDistances;
use crate::rtp::CopyPolicy;
use crate::rtp::format::{PayloadPlan, RedPacketizer};

/// Bytes that a packet of sound has beside its frame, about: headers of IP, UDP and RTP, tag.
const PACKET_BYTES: f64 = 75.0;

/// Bytes that a copy has beside its frame.
const COPY_BYTES: f64 = 4.0;

/// Sound with its copies may take this part of what the path carries: what is left is for pictures
/// at their least, and for what is sent again.
const SHARE: f64 = 0.75;

/// The weight of a frame in means.
const WEIGHT: f64 = 1.0 / 16.0;

/// Ticks between frames that are a pause.
const PAUSE_TICKS: u32 = 48_000 / 5;

/// Copies of one stream.
#[derive(Debug)]
pub(super) struct CopiesOut {
    red: RedPacketizer,
    policy: CopyPolicy,
    copies: CopyDistances,
    bits: Bits,
}

/// What frames take.
#[derive(Clone, Copy, Debug, Default)]
struct Bits {
    last: Option<u32>,
    bytes: f64,
    ticks: f64,
}

impl Bits {
    fn on_frame(&mut self, bytes: usize, timestamp: u32) {
        let weight = if self.bytes == 0.0 { 1.0 } else { WEIGHT };
        self.bytes += (bytes as f64 - self.bytes) * weight;
        let passed = self.last.replace(timestamp).map(|last| timestamp.wrapping_sub(last));
        if let Some(ticks) = passed.filter(|ticks| (1..PAUSE_TICKS).contains(ticks)) {
            let weight = if self.ticks == 0.0 { 1.0 } else { WEIGHT };
            self.ticks += (f64::from(ticks) - self.ticks) * weight;
        }
    }

    /// Bits per second of so many bytes in each packet.
    fn rate(&self, bytes: f64) -> f64 {
        // The clock of Opus (RFC 7587 section 4.1). Before the second frame one is of 20 ms.
        let ticks = if self.ticks > 0.0 { self.ticks } else { 960.0 };
        bytes * 8.0 * 48_000.0 / ticks
    }

    /// How many copies a path has room for that carries so much.
    fn room(&self, rate: Bitrate) -> usize {
        let left = rate.as_bps() as f64 * SHARE - self.rate(self.bytes + PACKET_BYTES);
        (left / self.rate(self.bytes + COPY_BYTES)).max(0.0) as usize
    }
}

impl CopiesOut {
    fn new(payload_type: PayloadType, fixed: Option<CopyDistances>) -> Self {
        let mut red = RedPacketizer::new(payload_type, CopyDistances::SPREAD);
        red.set_copies(fixed.unwrap_or_default());
        CopiesOut {
            red,
            policy: CopyPolicy::default(),
            copies: fixed.unwrap_or_default(),
            bits: Bits::default(),
        }
    }

    /// What copies take of the path.
    fn rate(&self) -> f64 {
        self.bits.rate((self.bits.bytes + COPY_BYTES) * self.copies.len() as f64)
    }
}

impl OwnSession {
    /// Plans a frame of sound anew, with copies of those before it, where the peer takes them. The
    /// payload type under which it goes.
    pub(super) fn add_copies(
        &mut self,
        place: usize,
        number: PayloadType,
        (frame, timestamp): (&[u8], u32),
        plan: &mut PayloadPlan,
    ) -> PayloadType {
        let fixed = self.config.redundancy.audio.fixed();
        let is_sound = self.streams_out.streams[place].kind == MediaKind::Audio;
        if !is_sound || fixed.is_some_and(CopyDistances::is_empty) {
            return number;
        }
        let line = self.lines.sending_at(self.streams_out.streams[place].line);
        let Some(envelope) = line.and_then(|line| line.envelope_sent(number)) else {
            return number;
        };
        let (rate, now) = (self.path_rate(), self.now);
        let stream = &mut self.streams_out.streams[place];
        let begin = || Box::new(CopiesOut::new(number, fixed));
        let out = stream.copies.get_or_insert_with(begin);
        if out.red.payload_type() != number {
            *out = begin();
        }
        out.bits.on_frame(frame.len(), timestamp);
        if fixed.is_none() {
            let room = rate.map_or(usize::MAX, |rate| out.bits.room(rate));
            out.copies = out.policy.copies(room, now);
            out.red.set_copies(out.copies);
        }
        let mut whole = PayloadPlan::default();
        let planned = !out.copies.is_empty()
            && out.red.plan(frame, timestamp, PAYLOAD_BYTES_MAX, &mut whole).is_ok();
        if !planned {
            out.red.remember(frame, timestamp);
            return number;
        }
        *plan = whole;
        envelope
    }

    /// The peer told what became of packets.
    pub(super) fn follow_copies(&mut self) {
        let (told, now) = (&self.feedback.told.results, self.now);
        for stream in &mut self.streams_out.streams {
            let Some(out) = &mut stream.copies else { continue };
            let of = told.iter().filter(|result| {
                result.sent.ssrc == stream.ssrc && result.sent.class == PacketClass::Audio
            });
            out.policy.on_results(of, now);
        }
    }

    /// What is left of a rate for media, once copies have theirs.
    pub(super) fn without_copies(&self, rate: Bitrate) -> Bitrate {
        let copies = self.streams_out.streams.iter().filter_map(|stream| stream.copies.as_ref());
        let taken: f64 = copies.map(|out| out.rate()).sum();
        let least = rate.as_bps() / 4;
        Bitrate::bps(rate.as_bps().saturating_sub(taken as u64).max(least))
    }
}

impl StreamOut {
    /// The peer reported what it lost of this stream.
    pub(super) fn report_to_copies(&mut self, now: Instant) {
        let (loss, packets) = (self.remote.fraction_lost, self.remote.progress);
        if let Some(out) = &mut self.copies {
            out.policy.on_report(loss, packets, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 32 kbit/s in frames of 20 ms.
    fn bits() -> Bits {
        let mut bits = Bits::default();
        (0..100).for_each(|at| bits.on_frame(80, at * 960));
        bits
    }

    #[test]
    fn sound_and_copies_stay_within_their_share() {
        let bits = bits();
        for (kbps, copies) in [(0, 0), (50, 0), (80, 0), (130, 1), (170, 1), (180, 2), (1_000, 20)]
        {
            assert_eq!(bits.room(Bitrate::kbps(kbps)), copies, "{kbps} kbit/s");
            let taken = 32.0 + 30.0 + 33.6 * copies as f64;
            assert!(copies == 0 || taken <= kbps as f64 * 0.75);
        }
    }

    #[test]
    fn pauses_make_frames_no_longer() {
        let mut bits = bits();
        bits.on_frame(80, 99 * 960 + 48_000);
        assert_eq!(bits.rate(80.0).round(), 32_000.0);
        // Frames of 60 ms are soon known as such.
        (1..60).for_each(|at| bits.on_frame(240, 99 * 960 + 48_000 + at * 2_880));
        assert!((31_000.0..33_000.0).contains(&bits.rate(bits.bytes)), "{}", bits.rate(240.0));
    }
}
