//! Which indices were seen (RFC 3711 section 3.3.2).

use super::options::{REPLAY_WINDOW_MAX, REPLAY_WINDOW_MIN};

/// Bits of a word.
const WORD_BITS: u64 = u64::BITS as u64;

/// Why an index is not to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stale {
    /// It was seen.
    Seen,
    /// It is below the window.
    Below,
}

/// The indices that were seen among the newest: a ring of bits, one word longer than the window
/// so that the words that hold its two ends are never the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// The highest index. `None` before the first.
    highest: Option<u64>,
    /// How many indices it spans, the highest included. A multiple of 64.
    span: u64,
    /// The bits. Empty before the first, so that what is never used costs little.
    words: Box<[u64]>,
}

impl Window {
    /// A window of about `span` indices, within the limits.
    pub(super) fn new(span: usize) -> Self {
        let span = span.clamp(REPLAY_WINDOW_MIN, REPLAY_WINDOW_MAX) as u64;
        let span = span.next_multiple_of(WORD_BITS);
        Window { highest: None, span, words: Box::default() }
    }

    pub(super) fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Whether an index may be taken.
    pub(super) fn check(&self, index: u64) -> Result<(), Stale> {
        let Some(below) = self.highest.and_then(|highest| highest.checked_sub(index)) else {
            return Ok(());
        };
        if below >= self.span {
            return Err(Stale::Below);
        }
        let is_seen = self.words[self.word(index / WORD_BITS)] >> (index % WORD_BITS) & 1 == 1;
        if is_seen { Err(Stale::Seen) } else { Ok(()) }
    }

    /// Takes an index that [`Window::check`] allowed.
    pub(super) fn record(&mut self, index: u64) {
        let block = index / WORD_BITS;
        match self.highest {
            None => {
                self.words = vec![0; (self.span / WORD_BITS) as usize + 1].into();
                self.highest = Some(index);
            }
            Some(highest) if index > highest => {
                let past = (block - highest / WORD_BITS).min(self.words.len() as u64);
                for behind in 0..past {
                    let word = self.word(block - behind);
                    self.words[word] = 0;
                }
                self.highest = Some(index);
            }
            Some(_) => {}
        }
        let word = self.word(block);
        self.words[word] |= 1 << (index % WORD_BITS);
    }

    fn word(&self, block: u64) -> usize {
        (block % self.words.len() as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// The same in the plainest way.
    #[derive(Default)]
    struct Model {
        seen: BTreeSet<u64>,
    }

    impl Model {
        fn check(&self, index: u64, span: u64) -> Result<(), Stale> {
            match self.seen.last() {
                Some(highest) if highest.saturating_sub(index) >= span => Err(Stale::Below),
                _ if self.seen.contains(&index) => Err(Stale::Seen),
                _ => Ok(()),
            }
        }
    }

    proptest! {
        #[test]
        fn a_window_tells_what_a_set_tells(
            span in prop_oneof![Just(64_usize), Just(128), Just(1024)],
            start in prop_oneof![Just(0_u64), Just(0xFFF0), Just((1 << 48) - 5000)],
            steps in prop::collection::vec(prop_oneof![
                8 => -200_i64..200, 1 => -3000_i64..3000
            ], 1..300),
        ) {
            let (mut window, mut model) = (Window::new(span), Model::default());
            let mut at = start;
            for step in steps {
                let index = at.saturating_add_signed(step);
                let expected = model.check(index, span as u64);
                prop_assert_eq!(window.check(index), expected);
                if expected.is_ok() {
                    window.record(index);
                    model.seen.insert(index);
                }
                at = window.highest().unwrap_or(at);
                prop_assert_eq!(window.highest(), model.seen.last().copied());
            }
        }
    }

    #[test]
    fn the_span_has_limits() {
        assert_eq!(Window::new(0).span, 64);
        assert_eq!(Window::new(1000).span, 1024);
        assert_eq!(Window::new(usize::MAX).span, 65_536);
        let mut window = Window::new(65_536);
        window.record(70_000);
        assert_eq!(window.check(70_000 - 65_535), Ok(()));
        assert_eq!(window.check(70_000 - 65_536), Err(Stale::Below));
        assert_eq!(window.words.len(), 1025);
    }
}
