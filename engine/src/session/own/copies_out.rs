//! The copies of one stream of sound, and what they take.

use std::time::Instant;

use crate::bitrate::Bitrate;
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
    pub(super) policy: CopyPolicy,
    /// Losses decide.
    adapts: bool,
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
    pub(super) fn new(payload_type: PayloadType, fixed: Option<CopyDistances>) -> Self {
        let mut red = RedPacketizer::new(payload_type, CopyDistances::SPREAD);
        red.set_copies(fixed.unwrap_or_default());
        CopiesOut {
            red,
            policy: CopyPolicy::default(),
            adapts: fixed.is_none(),
            copies: fixed.unwrap_or_default(),
            bits: Bits::default(),
        }
    }

    /// The payload type of frames.
    pub(super) fn payload_type(&self) -> PayloadType {
        self.red.payload_type()
    }

    /// Plans a frame with its timestamp and the copies that the path has room for, where its rate
    /// is known. False where there are none: the frame goes by itself.
    pub(super) fn plan(
        &mut self,
        (frame, timestamp): (&[u8], u32),
        (rate, now): (Option<Bitrate>, Instant),
        bytes_max: usize,
        plan: &mut PayloadPlan,
    ) -> bool {
        self.bits.on_frame(frame.len(), timestamp);
        if self.adapts {
            let room = rate.map_or(usize::MAX, |rate| self.bits.room(rate));
            self.copies = self.policy.copies(room, now);
            self.red.set_copies(self.copies);
        }
        let mut whole = PayloadPlan::default();
        let planned = !self.copies.is_empty()
            && self.red.plan(frame, timestamp, bytes_max, &mut whole).is_ok();
        match planned {
            true => *plan = whole,
            false => self.red.remember(frame, timestamp),
        }
        planned
    }

    /// What copies take of the path, in bits per second.
    pub(super) fn rate(&self) -> f64 {
        self.bits.rate((self.bits.bytes + COPY_BYTES) * self.copies.len() as f64)
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
