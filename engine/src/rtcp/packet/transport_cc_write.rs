//! Transport-wide feedback, written.
//!
//! 1. Packets are pushed in the order of their numbers; what lies between two is lost.
//! 2. Statuses are kept as runs, so that a gap costs nothing.
//! 3. When a delta, the count or the size has no room, the message is over and another begins.
//! 4. Runs become chunks: long ones as they are, others as vectors of 14 or 7 statuses.

use std::time::Duration;

use super::nack::RTPFB;
use super::transport_cc::{FIXED_BYTES, LARGE, SMALL, TRANSPORT_CC};
use super::write::PacketWriter;
use crate::ids::Ssrc;

/// The unit of deltas.
pub const DELTA_TICK: Duration = Duration::from_micros(250);
/// The unit of the reference time.
pub const REFERENCE_TICK: Duration = Duration::from_millis(64);

const DELTAS_PER_REFERENCE: i64 = 256;

/// Header, sender, media source.
const HEAD_BYTES: usize = 12;
/// Longest run of one chunk.
const RUN_MAX: u32 = 0x1FFF;

/// A message that is being put together. It keeps its memory for the next.
#[derive(Clone, Debug, Default)]
pub struct TransportCcWriter {
    base: u64,
    next: u64,
    /// Of the packet before, on the receiver's clock, in deltas.
    last_tick: i64,
    reference: i64,
    /// Symbols and how often they follow each other.
    runs: Vec<(u16, u32)>,
    deltas: Vec<i16>,
    delta_bytes: usize,
    /// Chunks that the runs take at most.
    chunks_max: usize,
}

impl TransportCcWriter {
    /// A writer without packets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing was pushed since the last message.
    pub fn is_empty(&self) -> bool {
        self.deltas.is_empty()
    }

    /// Begins a message that tells of packets from `base` on, so that losses before the first that
    /// arrived are told too.
    pub fn begin(&mut self, base: u64, first_arrival: Duration) {
        self.base = base;
        self.next = base;
        self.last_tick = ticks(first_arrival) / DELTAS_PER_REFERENCE * DELTAS_PER_REFERENCE;
        self.reference = self.last_tick / DELTAS_PER_REFERENCE;
        self.runs.clear();
        self.deltas.clear();
        self.delta_bytes = 0;
        self.chunks_max = 0;
    }

    /// Adds a packet that arrived at a time of the receiver's clock. Numbers ascend. False, and
    /// nothing added, where the message has no room for it in `bytes_max`.
    pub fn push(&mut self, number: u64, at: Duration, bytes_max: usize) -> bool {
        let Some(gap) = number.checked_sub(self.next) else { return false };
        let Ok(delta) = i16::try_from(ticks(at) - self.last_tick) else { return false };
        if number - self.base >= u64::from(u16::MAX) {
            return false;
        }
        let symbol = if (0..=255).contains(&delta) { SMALL } else { LARGE };
        let chunks = self.chunks_max + 2 + gap as usize / RUN_MAX as usize;
        let deltas = self.delta_bytes + usize::from(symbol);
        // The last word may have to be filled.
        if HEAD_BYTES + FIXED_BYTES + 2 * chunks + deltas + 3 > bytes_max {
            return false;
        }
        self.add_run(0, gap as u32);
        self.add_run(symbol, 1);
        self.deltas.push(delta);
        self.delta_bytes = deltas;
        self.last_tick += i64::from(delta);
        self.next = number + 1;
        true
    }

    fn add_run(&mut self, symbol: u16, length: u32) {
        if length == 0 {
            return;
        }
        let before = match self.runs.last_mut() {
            Some((last, so_far)) if *last == symbol => {
                *so_far += length;
                *so_far - length
            }
            _ => {
                self.runs.push((symbol, length));
                self.chunks_max += 1;
                0
            }
        };
        // Each chunk ends a run, or has the longest one.
        self.chunks_max += ((before + length) / RUN_MAX - before / RUN_MAX) as usize;
    }

    /// Appends the message. Nothing is written without a packet.
    pub fn finish(&mut self, out: &mut Vec<u8>, sender: Ssrc, media: Ssrc, message_count: u8) {
        if self.is_empty() {
            return;
        }
        let mut packet = PacketWriter::feedback(out, RTPFB, TRANSPORT_CC, sender, media);
        packet.u16(self.base as u16);
        packet.u16((self.next - self.base) as u16);
        packet.u32((self.reference as u32) << 8 | u32::from(message_count));
        let mut runs = Runs { runs: &self.runs, used: 0 };
        while let Some(chunk) = runs.next_chunk() {
            packet.u16(chunk);
        }
        for delta in &self.deltas {
            match u8::try_from(*delta) {
                Ok(small) => packet.u8(small),
                Err(_) => packet.u16(*delta as u16),
            }
        }
        packet.finish();
        self.deltas.clear();
    }
}

fn ticks(at: Duration) -> i64 {
    const NANOS: u32 = DELTA_TICK.subsec_nanos();
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    let whole = seconds.saturating_mul(i64::from(1_000_000_000 / NANOS)).min(i64::MAX / 2);
    whole + i64::from(at.subsec_nanos() / NANOS)
}

/// Runs that are not written yet.
struct Runs<'a> {
    runs: &'a [(u16, u32)],
    /// Of the first.
    used: u32,
}

impl Runs<'_> {
    fn next_chunk(&mut self) -> Option<u16> {
        let (symbol, length) = *self.runs.first()?;
        let left = length - self.used;
        let bits = if self.largest_of(14) == LARGE { 2 } else { 1 };
        let vector = 14 / bits;
        if left >= u32::from(vector) {
            let run = left.min(RUN_MAX);
            self.advance(run);
            return Some(symbol << 13 | run as u16);
        }
        let mut chunk = 0x8000 | (bits - 1) << 14;
        for index in (0..vector).rev() {
            let Some((symbol, _)) = self.runs.first() else { break };
            chunk |= symbol << (bits * index);
            self.advance(1);
        }
        Some(chunk)
    }

    /// The largest symbol among so many.
    fn largest_of(&self, mut count: u32) -> u16 {
        let mut largest = 0;
        let mut used = self.used;
        for (symbol, length) in self.runs {
            largest = largest.max(*symbol);
            let left = length - used;
            if left >= count {
                break;
            }
            count -= left;
            used = 0;
        }
        largest
    }

    fn advance(&mut self, by: u32) {
        self.used += by;
        while self.runs.first().is_some_and(|(_, length)| self.used >= *length) {
            self.used -= self.runs[0].1;
            self.runs = &self.runs[1..];
        }
    }
}
