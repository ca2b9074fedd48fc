//! Packets that wait to be decoded, in order of their media time.

use std::collections::VecDeque;

use lapwing_engine::EncodedFrame;

use super::settings::RATE;

/// Most packets that wait: four seconds of 20 ms. When it is full the oldest goes.
const MAX_PACKETS: usize = 200;

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sound,
    /// Comfort noise by RFC 3389.
    Noise,
}

/// A packet that waits.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub(super) kind: Kind,
    pub(super) frame: EncodedFrame,
    /// When its first sample is heard, in samples at 48 kHz.
    pub(super) time: i64,
    /// Its number, where the session knows it.
    pub(super) number: Option<u64>,
    /// When it arrived.
    pub(super) arrived: i64,
}

/// The media time of a frame in samples at 48 kHz; far beyond what a stream lasts it stays where
/// sums cannot overflow.
pub(super) fn media_time(frame: &EncodedFrame) -> i64 {
    i64::try_from(frame.time.rebase(RATE).ticks()).unwrap_or(i64::MAX).min(i64::MAX / 8)
}

/// What became of a packet that was to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Kept,
    Duplicate,
    /// Kept, and the oldest went.
    Displaced,
}

#[derive(Clone, Debug)]
pub(super) struct Packets {
    waiting: VecDeque<Packet>,
}

impl Packets {
    pub(super) fn new() -> Self {
        Packets { waiting: VecDeque::with_capacity(MAX_PACKETS) }
    }

    pub(super) fn insert(&mut self, packet: Packet) -> Held {
        let place = self.waiting.partition_point(|held| held.time < packet.time);
        if self.waiting.get(place).is_some_and(|held| held.time == packet.time) {
            return Held::Duplicate;
        }
        if self.waiting.len() < MAX_PACKETS {
            self.waiting.insert(place, packet);
            return Held::Kept;
        }
        // The oldest is the new one itself when all that wait are later.
        if let Some(before) = place.checked_sub(1) {
            self.waiting.pop_front();
            self.waiting.insert(before, packet);
        }
        Held::Displaced
    }

    pub(super) fn first(&self) -> Option<&Packet> {
        self.waiting.front()
    }

    /// The one behind the first.
    pub(super) fn second(&self) -> Option<&Packet> {
        self.waiting.get(1)
    }

    pub(super) fn take(&mut self) -> Option<Packet> {
        self.waiting.pop_front()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Drops all and says how many.
    pub(super) fn clear(&mut self) -> u64 {
        let count = self.waiting.len() as u64;
        self.waiting.clear();
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_engine::{Codec, MediaTime};

    fn packet(time: i64) -> Packet {
        let at = MediaTime::new(time.unsigned_abs(), RATE);
        let frame =
            EncodedFrame { codec: Codec::Opus, time: at, keyframe: true, data: vec![1].into() };
        Packet { kind: Kind::Sound, time: media_time(&frame), frame, number: None, arrived: 0 }
    }

    #[test]
    fn packets_come_out_in_order_and_once() {
        let mut packets = Packets::new();
        for (time, held) in
            [(960, Held::Kept), (0, Held::Kept), (960, Held::Duplicate), (480, Held::Kept)]
        {
            assert_eq!(packets.insert(packet(time)), held);
        }
        let times: Vec<i64> = std::iter::from_fn(|| packets.take()).map(|p| p.time).collect();
        assert_eq!(times, [0, 480, 960]);
    }

    #[test]
    fn the_oldest_goes_when_it_is_full() {
        let mut packets = Packets::new();
        (10..10 + MAX_PACKETS as i64).for_each(|time| {
            packets.insert(packet(time));
        });
        assert_eq!(packets.insert(packet(5)), Held::Displaced);
        assert_eq!(packets.first().map(|packet| packet.time), Some(10));
        assert_eq!(packets.insert(packet(1_000)), Held::Displaced);
        assert_eq!(packets.first().map(|packet| packet.time), Some(11));
        assert_eq!(packets.clear(), MAX_PACKETS as u64);
    }

    #[test]
    fn the_end_of_time_is_a_time() {
        let mut frame = packet(0).frame;
        frame.time = MediaTime::new(u64::MAX, 1);
        assert_eq!(media_time(&frame), i64::MAX / 8);
    }
}
