//! Packets that wait, in the order of their leaving.

use std::collections::VecDeque;
use std::time::Instant;

use super::config::PacerConfig;
use super::item::{Full, Item, Waiting};
use crate::feedback::PacketClass;

const CLASSES: usize = 5;

#[derive(Debug)]
struct Entry<K> {
    item: Item<K>,
    at: Instant,
}

/// A queue for each class; those of a better class leave first, those of one as they came.
#[derive(Debug)]
pub(super) struct Queue<K> {
    classes: [VecDeque<Entry<K>>; CLASSES],
    packets: usize,
    bytes: u64,
}

const fn rank(class: PacketClass) -> usize {
    match class {
        PacketClass::Audio => 0,
        PacketClass::Retransmission => 1,
        PacketClass::Video => 2,
        PacketClass::Fec => 3,
        PacketClass::Padding => 4,
    }
}

impl<K> Queue<K> {
    pub(super) fn new() -> Self {
        Queue { classes: std::array::from_fn(|_| VecDeque::new()), packets: 0, bytes: 0 }
    }

    pub(super) fn push(
        &mut self,
        item: Item<K>,
        limits: &PacerConfig,
        now: Instant,
    ) -> Result<(), Full> {
        let class = &mut self.classes[rank(item.class)];
        let bytes = self.bytes + u64::from(item.size);
        if self.packets > 0 && bytes > limits.bytes_max as u64 {
            return Err(Full::Bytes);
        }
        if self.packets >= limits.packets_max {
            return Err(Full::Packets);
        }
        let oldest = class.front().map(|entry| now.saturating_duration_since(entry.at));
        if oldest.is_some_and(|waited| waited > limits.time_max) {
            return Err(Full::Time);
        }
        class.push_back(Entry { item, at: now });
        self.packets += 1;
        self.bytes = bytes;
        Ok(())
    }

    /// The size and the class of the packet that leaves next, and when it came.
    pub(super) fn next(&self) -> Option<(u32, PacketClass, Instant)> {
        let entry = self.classes.iter().find_map(VecDeque::front)?;
        Some((entry.item.size, entry.item.class, entry.at))
    }

    /// When the oldest packet of sound came.
    pub(super) fn audio_since(&self) -> Option<Instant> {
        self.classes[rank(PacketClass::Audio)].front().map(|entry| entry.at)
    }

    pub(super) fn pop(&mut self) -> Option<(Item<K>, Instant)> {
        let entry = self.classes.iter_mut().find_map(VecDeque::pop_front)?;
        self.packets -= 1;
        self.bytes -= u64::from(entry.item.size);
        Some((entry.item, entry.at))
    }

    /// Keeps what `keep` says, with the time at which each came.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Item<K>, Instant) -> bool) {
        let (mut packets, mut bytes) = (0, 0);
        for class in &mut self.classes {
            class.retain(|entry| {
                let kept = keep(&entry.item, entry.at);
                if kept {
                    packets += 1;
                    bytes += u64::from(entry.item.size);
                }
                kept
            });
        }
        (self.packets, self.bytes) = (packets, bytes);
    }

    pub(super) fn waiting(&self) -> Waiting {
        let since = self.classes.iter().filter_map(VecDeque::front).map(|entry| entry.at).min();
        Waiting { packets: self.packets, bytes: self.bytes, since }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::test_time::origin;

    const LIMITS: PacerConfig = PacerConfig {
        bytes_max: 3_000,
        packets_max: 4,
        time_max: Duration::from_millis(500),
        drain_within: None,
    };

    fn item(class: PacketClass, size: u32, key: u32) -> Item<u32> {
        Item { size, class, key }
    }

    #[test]
    fn better_classes_leave_first_and_each_as_it_came() {
        let now = origin();
        let mut queue = Queue::new();
        let classes = [
            (PacketClass::Padding, 0),
            (PacketClass::Fec, 1),
            (PacketClass::Video, 2),
            (PacketClass::Video, 3),
            (PacketClass::Retransmission, 4),
            (PacketClass::Audio, 5),
        ];
        let limits = PacerConfig::default();
        for (class, key) in classes {
            queue.push(item(class, 100, key), &limits, now).unwrap();
        }
        assert_eq!(queue.next(), Some((100, PacketClass::Audio, now)));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(item, _)| item.key).collect();
        assert_eq!(order, [5, 4, 2, 3, 1, 0]);
        assert_eq!(queue.waiting(), Waiting::default());
    }

    #[test]
    fn each_limit_refuses() {
        let now = origin();
        let mut queue = Queue::new();
        queue.push(item(PacketClass::Video, 9_000, 0), &LIMITS, now).expect("alone");
        let more = item(PacketClass::Video, 1, 1);
        assert_eq!(queue.push(more, &LIMITS, now), Err(Full::Bytes));
        queue.pop();
        for key in 0..4 {
            queue.push(item(PacketClass::Video, 10, key), &LIMITS, now).unwrap();
        }
        assert_eq!(queue.push(more, &LIMITS, now), Err(Full::Packets));
        queue.pop();
        let late = now + Duration::from_millis(501);
        assert_eq!(queue.push(more, &LIMITS, late), Err(Full::Time));
        queue.push(item(PacketClass::Audio, 10, 9), &LIMITS, late).expect("another class");
    }

    #[test]
    fn what_the_caller_drops_is_not_counted() {
        let now = origin();
        let mut queue = Queue::new();
        for key in 0..4 {
            let at = now + Duration::from_millis(u64::from(key));
            queue.push(item(PacketClass::Video, 10, key), &LIMITS, at).unwrap();
        }
        queue.retain(|item, _| item.key % 2 == 1);
        let since = Some(now + Duration::from_millis(1));
        assert_eq!(queue.waiting(), Waiting { packets: 2, bytes: 20, since });
        assert_eq!(queue.pop().map(|(item, _)| item.key), Some(1));
    }
}
