//! Which packet of a transport a stream's sequence number was, for feedback by streams (RFC 8888).

use std::collections::BTreeMap;

use crate::ids::Ssrc;

/// Slots of a stream at first: half a second of sound.
const SLOTS_MIN: usize = 32;
/// Slots of a stream at most: what one block can tell of.
const SLOTS_MAX: usize = 16_384;
/// Streams kept: every layer of many m-lines, with its retransmissions. The rest is not found.
const STREAMS_MAX: usize = 1_024;

/// By stream, a table as long as a power of two: a sequence number is found by its low bits.
#[derive(Clone, Debug, Default)]
pub(super) struct StreamIndex {
    streams: BTreeMap<Ssrc, Vec<Option<Slot>>>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    sequence: u16,
    number: u64,
}

impl StreamIndex {
    /// A packet was sent. Packets from `oldest` on are still of use: where such a one has the
    /// place, the table grows.
    pub(super) fn insert(&mut self, ssrc: Ssrc, sequence: u16, number: u64, oldest: u64) {
        if self.streams.len() >= STREAMS_MAX && !self.streams.contains_key(&ssrc) {
            self.drop_idle(oldest);
            if self.streams.len() >= STREAMS_MAX {
                return;
            }
        }
        let slots = self.streams.entry(ssrc).or_insert_with(|| vec![None; SLOTS_MIN]);
        let taken = |slots: &[Option<Slot>]| {
            let slot = slots[usize::from(sequence) % slots.len()];
            slot.is_some_and(|slot| slot.sequence != sequence && slot.number >= oldest)
        };
        while taken(slots) && slots.len() < SLOTS_MAX {
            grow(slots, oldest);
        }
        let length = slots.len();
        slots[usize::from(sequence) % length] = Some(Slot { sequence, number });
    }

    /// The last packet that was sent with this number.
    pub(super) fn find(&self, ssrc: Ssrc, sequence: u16) -> Option<u64> {
        let slots = self.streams.get(&ssrc)?;
        let slot = slots[usize::from(sequence) % slots.len()]?;
        (slot.sequence == sequence).then_some(slot.number)
    }

    /// Forgets streams that have no packet of use.
    fn drop_idle(&mut self, oldest: u64) {
        self.streams.retain(|_, slots| slots.iter().flatten().any(|slot| slot.number >= oldest));
    }
}

fn grow(slots: &mut Vec<Option<Slot>>, oldest: u64) {
    let length = slots.len() * 2;
    let mut larger = vec![None; length];
    for slot in slots.iter().flatten().filter(|slot| slot.number >= oldest) {
        larger[usize::from(slot.sequence) % length] = Some(*slot);
    }
    *slots = larger;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_found_while_they_are_of_use() {
        let mut index = StreamIndex::default();
        for number in 0..100_000u64 {
            let ssrc = Ssrc((number % 2) as u32);
            index.insert(ssrc, (number / 2) as u16, number, number.saturating_sub(2_000));
        }
        for number in 98_000..100_000u64 {
            let found = index.find(Ssrc((number % 2) as u32), (number / 2) as u16);
            assert_eq!(found, Some(number));
        }
        assert_eq!(index.find(Ssrc(0), 0), None);
        assert_eq!(index.find(Ssrc(2), 5), None);
        assert_eq!(index.streams[&Ssrc(0)].len(), 1_024);
    }

    #[test]
    fn idle_streams_make_room() {
        let mut index = StreamIndex::default();
        for number in 0..3_000u64 {
            index.insert(Ssrc(number as u32), 7, number, number.saturating_sub(100));
        }
        assert!(index.streams.len() <= STREAMS_MAX);
        assert_eq!(index.find(Ssrc(2_999), 7), Some(2_999));
        assert_eq!(index.find(Ssrc(2_900), 7), Some(2_900));
    }
}
