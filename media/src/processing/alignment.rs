//! What was played, one block for each that was heard.
//!
//! The canceller expects both in turn. Devices take and give in batches of their own, so blocks
//! wait here for their turn, and since no two clocks are equal, more or fewer come than are
//! taken: those that are too many go, and those that are missing are silent. An echo must not be
//! heard before what it is of is known, so nothing waits longer than the batches want.

use std::collections::VecDeque;

use super::planar::Block;

/// Most blocks that wait: 500 ms, the longest delay the canceller looks for.
pub(super) const MAX_WAITING: usize = 50;

/// Blocks of 10 ms over which the fewest that waited are looked for: 2 s, longer than the period of
/// any device's batches.
const WINDOW: u32 = 200;

/// As many may wait all the time: the one whose turn it is, and one for the devices' jitter.
const SPARE: usize = 2;

/// The queue between the speaker's side and the microphone's.
#[derive(Debug, Default)]
pub(super) struct Alignment {
    waiting: VecDeque<Block>,
    /// The fewest that waited since the window began, and how many blocks ago that was.
    fewest: Option<usize>,
    age: u32,
    /// Channels of what was played last, once something was.
    channels: Option<usize>,
    pub(super) rendered: u64,
    pub(super) missing: u64,
    pub(super) dropped: u64,
}

impl Alignment {
    /// Takes a block that is played.
    pub(super) fn push(&mut self, block: Block) {
        self.rendered += 1;
        self.channels = Some(block.channels.len());
        if self.waiting.len() == MAX_WAITING {
            self.waiting.pop_front();
            self.dropped += 1;
        }
        self.waiting.push_back(block);
    }

    /// The block that belongs to the next one heard: silence, when it is missing. `None` before
    /// anything was played.
    pub(super) fn pull(&mut self) -> Option<Block> {
        let waiting = self.waiting.len();
        self.fewest = Some(self.fewest.map_or(waiting, |fewest| fewest.min(waiting)));
        self.age += 1;
        if self.age == WINDOW {
            self.age = 0;
            // What waited all the time only adds delay: a clock runs faster, or the microphone
            // had stopped.
            let idle = self.fewest.take().filter(|&fewest| fewest > SPARE).unwrap_or(1);
            self.waiting.drain(..idle - 1);
            self.dropped += idle as u64 - 1;
        }
        let block = self.waiting.pop_front();
        block.or_else(|| {
            let channels = self.channels?;
            self.missing += 1;
            Some(Block::silent(channels))
        })
    }
}

#[cfg(test)]
mod tests {
    use lapwing_engine::MediaTime;

    use super::*;

    fn block() -> Block {
        Block::new(&[0.0; 480], 1, MediaTime::new(0, 48_000))
    }

    #[test]
    fn batches_wait_for_their_turn() {
        let mut alignment = Alignment::default();
        for round in 0..1_000 {
            if round % 4 == 0 {
                (0..4).for_each(|_| alignment.push(block()));
            }
            assert!(alignment.pull().is_some());
        }
        assert_eq!((alignment.missing, alignment.dropped), (0, 0));
    }

    #[test]
    fn a_faster_speaker_adds_no_delay() {
        let mut alignment = Alignment::default();
        for round in 0..20_000 {
            // One block more in a hundred.
            (0..1 + u32::from(round % 100 == 0)).for_each(|_| alignment.push(block()));
            alignment.pull();
        }
        assert!(alignment.waiting.len() <= MAX_WAITING);
        assert!(alignment.dropped >= 100, "{}", alignment.dropped);
    }

    #[test]
    fn a_microphone_that_stops_keeps_half_a_second() {
        let mut alignment = Alignment::default();
        (0..10_000).for_each(|_| alignment.push(block()));
        assert_eq!(alignment.waiting.len(), MAX_WAITING);
        // Once it goes on, what is late is gone after the next whole window.
        for _ in 0..2 * WINDOW {
            alignment.push(block());
            alignment.pull();
        }
        assert_eq!(alignment.waiting.len(), 0);
    }

    #[test]
    fn nothing_is_missing_before_something_was_played() {
        let mut alignment = Alignment::default();
        assert!(alignment.pull().is_none());
        assert_eq!(alignment.missing, 0);
        alignment.push(block());
        alignment.pull();
        assert_eq!(alignment.missing, 0);
        assert_eq!(alignment.pull().map(|block| block.channels), Some(vec![[0.0; 480]]));
        assert_eq!(alignment.missing, 1);
    }
}
