//! What the session has to say, in the order in which it came about.

use std::collections::VecDeque;

use crate::datagram::Transmit;
use crate::session::output::{SessionEvent, SessionOutput};

/// Outputs that may wait. One input makes far fewer; who does not poll is refused more.
const OUTPUTS_MAX: usize = 4096;

/// What waits to be polled.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    waiting: VecDeque<SessionOutput>,
    /// A channel was refused since; once nothing waits, it is told to try again.
    has_refused: bool,
}

impl Outputs {
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= OUTPUTS_MAX
    }

    /// Whether there is room for what a channel's message leads to.
    pub(super) fn admit_channel(&mut self) -> bool {
        self.has_refused |= self.is_full();
        !self.is_full()
    }

    pub(super) fn send(&mut self, transmit: Transmit) {
        self.waiting.push_back(SessionOutput::Transmit(transmit));
    }

    pub(super) fn tell(&mut self, event: SessionEvent) {
        self.waiting.push_back(SessionOutput::Event(event));
    }

    pub(super) fn pop(&mut self) -> Option<SessionOutput> {
        let tell_room = || {
            let has_refused = std::mem::take(&mut self.has_refused);
            has_refused.then_some(SessionOutput::Event(SessionEvent::ChannelLow))
        };
        self.waiting.pop_front().or_else(tell_room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_that_was_refused_is_told_once_nothing_waits() {
        let mut outputs = Outputs::default();
        assert!(outputs.admit_channel());
        (0..OUTPUTS_MAX).for_each(|_| outputs.tell(SessionEvent::ChannelLow));
        assert!(!outputs.admit_channel() && !outputs.admit_channel());
        let told = std::iter::from_fn(|| outputs.pop()).count();
        assert_eq!(told, OUTPUTS_MAX + 1);
        assert!(outputs.admit_channel());
    }
}
