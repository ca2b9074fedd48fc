//! A QUIC receiver: what arrived, and when it is acknowledged.

use std::time::Duration;

use crate::cross::quic::packet::{AckFrame, RANGES_MAX};
use crate::cross::ranges::Ranges;
use crate::time::Time;

/// A lone packet is acknowledged after this: the default of max_ack_delay (RFC 9000 section 18.2).
pub(super) const MAX_ACK_DELAY: Duration = Duration::from_millis(25);

/// Parts of the stream with gaps between; what would be another is not taken in. Each gap is a
/// packet on its way or to be repaired, of which a sender has less.
const PARTS_MAX: usize = 32_768;

/// The receiving half of a connection.
#[derive(Clone, Debug, Default)]
pub(super) struct QuicReceiver {
    packets: Ranges,
    /// When the highest number arrived.
    highest_at: Time,
    data: Ranges,
    unacknowledged: u32,
    marks: u32,
    deadline: Option<Time>,
}

impl QuicReceiver {
    /// Bytes that arrived with all before them.
    pub(super) fn received(&self) -> u64 {
        self.data.first().filter(|(start, _)| *start == 0).map_or(0, |(_, end)| end)
    }

    /// A packet arrived; true when it is to be acknowledged at once: each second one, what comes
    /// out of order or after a gap, and what is marked (RFC 9000 sections 13.2.1 and 13.2.2).
    pub(super) fn on_packet(
        &mut self,
        number: u64,
        (offset, length): (u64, u32),
        marked: bool,
        now: Time,
    ) -> bool {
        if self.data.len() >= PARTS_MAX && offset > self.received() {
            return false;
        }
        let expected = self.packets.descending().next().map_or(0, |(_, end)| end);
        if number >= expected {
            self.highest_at = now;
        }
        self.packets.insert(number, number.saturating_add(1));
        while self.packets.len() > RANGES_MAX {
            self.packets.pop_first();
        }
        self.data.insert(offset, offset.saturating_add(u64::from(length)));
        self.marks += u32::from(marked);
        self.unacknowledged += 1;
        if marked || number != expected || self.unacknowledged >= 2 {
            return true;
        }
        self.deadline = Some(now + MAX_ACK_DELAY);
        false
    }

    /// When an acknowledgement is due at the latest.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    /// The acknowledgement of now.
    pub(super) fn acknowledge(&mut self, now: Time) -> AckFrame {
        (self.unacknowledged, self.deadline) = (0, None);
        let delay_us = now.since(self.highest_at).as_micros().try_into().unwrap_or(u32::MAX);
        AckFrame { ranges: self.packets.descending().collect(), delay_us, marks: self.marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: u32 = 100;

    fn arrives(receiver: &mut QuicReceiver, number: u64, now: Time) -> bool {
        receiver.on_packet(number, (number * u64::from(DATA), DATA), false, now)
    }

    #[test]
    fn every_second_packet_is_acknowledged_and_a_lone_one_after_25_ms() {
        let (mut receiver, now) = (QuicReceiver::default(), Time::from_millis(7));
        assert!(!arrives(&mut receiver, 0, now));
        assert_eq!(receiver.deadline(), Some(Time::from_millis(32)));
        let frame = receiver.acknowledge(Time::from_millis(32));
        assert_eq!((frame.ranges, frame.delay_us), (vec![(0, 1)], 25_000));
        assert!(!arrives(&mut receiver, 1, now) && arrives(&mut receiver, 2, now));
        receiver.acknowledge(now);
        assert_eq!(receiver.deadline(), None);
    }

    #[test]
    fn gaps_late_packets_and_marks_are_told_at_once() {
        let (mut receiver, now) = (QuicReceiver::default(), Time::ZERO);
        assert!(arrives(&mut receiver, 1, now), "there is a gap");
        assert_eq!((receiver.acknowledge(now).ranges, receiver.received()), (vec![(1, 2)], 0));
        assert!(!arrives(&mut receiver, 2, now), "no further gap");
        assert!(arrives(&mut receiver, 0, now), "late");
        assert_eq!((receiver.acknowledge(now).ranges, receiver.received()), (vec![(0, 3)], 300));
        assert!(receiver.on_packet(3, (300, DATA), true, now));
        assert_eq!(receiver.acknowledge(now).marks, 1);
    }

    #[test]
    fn only_the_highest_ranges_are_remembered() {
        let mut receiver = QuicReceiver::default();
        for number in 0..1_000 {
            arrives(&mut receiver, 2 * number, Time::ZERO);
        }
        let ranges = receiver.acknowledge(Time::ZERO).ranges;
        assert_eq!((ranges.len(), ranges[0]), (RANGES_MAX, (1_998, 1_999)));
    }
}
