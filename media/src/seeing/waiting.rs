//! Frames that wait to be decoded, in the order in which they are decoded.

use std::collections::VecDeque;

use lapwing_engine::EncodedFrame;

use super::chain::Link;

/// Most frames that wait: the longest delay, two seconds, of 120 a second, and more.
const MAX_FRAMES: usize = 300;

/// Most bytes that wait.
const MAX_BYTES: usize = 64 << 20;

/// A frame that waits.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) frame: EncodedFrame,
    pub(super) link: Link,
    /// Its media time.
    pub(super) time: i64,
    /// When its first packet came.
    pub(super) arrived: i64,
    /// When it was whole.
    pub(super) whole: i64,
    /// When it is shown, where a clock that is no more says it.
    pub(super) fixed: Option<i64>,
}

/// What became of a frame that was to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inserted {
    Yes,
    /// It was there.
    Duplicate,
    /// There is no room for it.
    Full,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    frames: VecDeque<Held>,
    bytes: usize,
}

impl Waiting {
    pub(super) fn insert(&mut self, held: Held) -> Inserted {
        let number = held.link.packets.map(|(first, _)| first);
        // Nearly always it is the last. Frames without a number stay in the order they came in.
        let is_before = |known: &Held| match (known.link.packets, number) {
            (Some((first, _)), Some(number)) => first < number,
            _ => true,
        };
        let behind = self.frames.iter().rev().take_while(|known| !is_before(known)).count();
        let place = self.frames.len() - behind;
        let next = self.frames.get(place).and_then(|next| next.link.packets);
        if next.is_some_and(|(first, _)| Some(first) == number) {
            return Inserted::Duplicate;
        }
        let size = held.frame.data.len();
        if self.frames.len() >= MAX_FRAMES || self.bytes.saturating_add(size) > MAX_BYTES {
            return Inserted::Full;
        }
        self.bytes += size;
        self.frames.insert(place, held);
        Inserted::Yes
    }

    pub(super) fn first(&self) -> Option<&Held> {
        self.frames.front()
    }

    pub(super) fn take(&mut self) -> Option<Held> {
        let held = self.frames.pop_front()?;
        self.bytes -= held.frame.data.len();
        Some(held)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Held> {
        self.frames.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Held> {
        self.frames.iter_mut()
    }

    /// Drops all, and says how many.
    pub(super) fn clear(&mut self) -> u64 {
        self.bytes = 0;
        let dropped = self.frames.len() as u64;
        self.frames.clear();
        dropped
    }

    /// The place of the last key frame that `due` holds for, behind the first frame.
    pub(super) fn last_keyframe(&self, due: impl Fn(&Held) -> bool) -> Option<usize> {
        let found = self.frames.iter().rposition(|held| held.link.keyframe && due(held));
        found.filter(|place| *place > 0)
    }
}
