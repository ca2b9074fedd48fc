//! Outputs that wait to be polled, beside those of the session and of gathering.

use std::collections::VecDeque;

use crate::config::CHANNELS_MAX;
use crate::output::Output;

/// Outputs that wait. Between two polls to the end a program gives one input or command; the one
/// that causes most is the end of a connection, which tells of each of its channels. A program that
/// does not poll loses the oldest: what is told last is what holds.
const OUTPUTS_MAX: usize = 4 * CHANNELS_MAX;

/// Outputs in their order.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    waiting: VecDeque<Output>,
    /// How many were lost.
    lost: u64,
}

impl Outputs {
    pub(super) fn push(&mut self, output: Output) {
        if self.waiting.len() == OUTPUTS_MAX {
            self.waiting.pop_front();
            self.lost += 1;
        }
        self.waiting.push_back(output);
    }

    pub(super) fn pop(&mut self) -> Option<Output> {
        let output = self.waiting.pop_front();
        // Packets do not pass here: what does is rare, and needs no room between.
        if output.is_none() && self.waiting.capacity() > 0 {
            self.waiting = VecDeque::new();
        }
        output
    }

    /// How many were lost because nobody polled.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::{OUTPUTS_MAX, Outputs};
    use crate::event::Event;
    use crate::ids::ChannelId;
    use crate::output::Output;

    #[test]
    fn the_oldest_is_lost_and_counted() {
        let mut outputs = Outputs::default();
        let number = |index: usize| ChannelId(index as u32);
        for index in 0..OUTPUTS_MAX + 3 {
            outputs.push(Output::Event(Event::ChannelClosed(number(index))));
            assert_eq!(outputs.lost(), (index + 1).saturating_sub(OUTPUTS_MAX) as u64);
        }
        for index in 3..OUTPUTS_MAX + 3 {
            let output = outputs.pop();
            let Some(Output::Event(Event::ChannelClosed(id))) = output else {
                panic!("{index}: {output:?}")
            };
            assert_eq!(id, number(index));
        }
        assert!(outputs.pop().is_none());
    }
}
