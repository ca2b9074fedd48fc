//! Packets that wait for the rest of their frame, by their sequence numbers.

use std::ops::Range;
use std::time::Instant;

use crate::ids::PayloadType;
use crate::rtp::dependency::DescribedFrame;
use crate::rtp::format::PayloadFacts;

/// Places there are at first: a keyframe of a small picture.
const PLACES_MIN: usize = 32;

/// Packets of one stream that wait, and numbers that they may span: two seconds of video at 10
/// Mbit/s, which is longer than any repair helps. A power of two.
pub const PACKETS_MAX: usize = 2048;

/// A packet that waits.
#[derive(Clone, Debug)]
pub(super) struct Stored<B> {
    pub(super) time: u64,
    pub(super) payload_type: PayloadType,
    pub(super) marker: bool,
    pub(super) payload: B,
    /// Where the payload lies, without what [`Depacketizer::bytes_before`] counts.
    ///
    /// [`Depacketizer::bytes_before`]: crate::rtp::format::Depacketizer::bytes_before
    pub(super) range: Range<usize>,
    pub(super) received_at: Instant,
    pub(super) facts: PayloadFacts,
    /// Where the dependency descriptor lies.
    pub(super) descriptor: Option<Range<usize>>,
    /// What it tells, as far as its structure came.
    pub(super) described: Option<DescribedFrame>,
}

impl<B: AsRef<[u8]>> Stored<B> {
    pub(super) fn descriptor(&self) -> Option<&[u8]> {
        self.payload.as_ref().get(self.descriptor.clone()?)
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.payload.as_ref()[self.range.clone()]
    }
}

/// What is known of a number.
#[derive(Clone, Debug)]
pub(super) enum Slot<B> {
    /// Nothing came; a later one did, then.
    Missing(Instant),
    /// It came, and is no part of a frame.
    NoFrame,
    /// It came.
    Packet(Stored<B>),
}

/// Numbers from the first that is not done with to the highest that came.
#[derive(Clone, Debug)]
pub(super) struct Slots<B> {
    /// A power of two of places; a number's is the number modulo their count.
    places: Vec<Option<Slot<B>>>,
    next: u64,
    end: u64,
    packets: usize,
    bytes: usize,
}

impl<B> Default for Slots<B> {
    fn default() -> Self {
        Slots { places: Vec::new(), next: 0, end: 0, packets: 0, bytes: 0 }
    }
}

impl<B> Slots<B> {
    /// The first number that is not done with.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// One above the highest that came.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn packets(&self) -> usize {
        self.packets
    }

    /// Forgets all; numbers begin at `next`.
    pub(super) fn restart(&mut self, next: u64) {
        while self.next < self.end {
            self.take();
        }
        (self.next, self.end) = (next, next);
    }

    /// Whether a number has a place without anything being given up.
    pub(super) fn holds(&self, number: u64) -> bool {
        number >= self.next && number - self.next < PACKETS_MAX as u64
    }

    /// Begins earlier than thought; only where [`Self::holds`] would still be true of the end.
    pub(super) fn begin_at(&mut self, number: u64, now: Instant) {
        self.grow((self.end - number) as usize);
        for missing in number..self.next {
            self.set(missing, Slot::Missing(now));
        }
        self.next = number;
    }

    /// What is known of a number between the next and the end.
    pub(super) fn slot(&self, number: u64) -> Option<&Slot<B>> {
        if !(self.next..self.end).contains(&number) {
            return None;
        }
        self.places[self.place(number)].as_ref()
    }

    /// The packet of a number, where one came.
    pub(super) fn packet(&self, number: u64) -> Option<&Stored<B>> {
        match self.slot(number)? {
            Slot::Packet(stored) => Some(stored),
            Slot::Missing(_) | Slot::NoFrame => None,
        }
    }

    /// The same, to be changed.
    pub(super) fn packet_mut(&mut self, number: u64) -> Option<&mut Stored<B>> {
        if !(self.next..self.end).contains(&number) {
            return None;
        }
        let place = self.place(number);
        match self.places[place].as_mut()? {
            Slot::Packet(stored) => Some(stored),
            Slot::Missing(_) | Slot::NoFrame => None,
        }
    }

    /// Puts what came in its place. False where something is there.
    pub(super) fn put(&mut self, number: u64, slot: Slot<B>, now: Instant) -> bool {
        debug_assert!(self.holds(number), "what has no place is not put in one");
        if matches!(self.slot(number), Some(Slot::NoFrame | Slot::Packet(_))) {
            return false;
        }
        if number >= self.end {
            self.grow((number + 1 - self.next) as usize);
            for missing in self.end..number {
                self.set(missing, Slot::Missing(now));
            }
            self.end = number + 1;
        }
        if let Slot::Packet(stored) = &slot {
            self.packets += 1;
            self.bytes += stored.range.len();
        }
        self.set(number, slot);
        true
    }

    /// Takes the next number, and is done with it.
    pub(super) fn take(&mut self) -> Option<Slot<B>> {
        if self.next == self.end {
            return None;
        }
        let place = self.place(self.next);
        let slot = self.places[place].take();
        if let Some(Slot::Packet(stored)) = &slot {
            self.packets -= 1;
            self.bytes -= stored.range.len();
        }
        self.next += 1;
        slot
    }

    fn set(&mut self, number: u64, slot: Slot<B>) {
        let place = self.place(number);
        self.places[place] = Some(slot);
    }

    fn place(&self, number: u64) -> usize {
        number as usize & (self.places.len() - 1)
    }

    fn grow(&mut self, span: usize) {
        if span <= self.places.len() {
            return;
        }
        let wanted = span.next_power_of_two().max(PLACES_MIN);
        let mut before = std::mem::take(&mut self.places);
        self.places.resize_with(wanted, || None);
        for number in self.next..self.end {
            let old = number as usize & (before.len() - 1);
            let place = self.place(number);
            self.places[place] = before[old].take();
        }
    }
}
