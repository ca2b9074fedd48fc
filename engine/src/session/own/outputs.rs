//! What the session has to say, in the order in which it came about.

use std::collections::VecDeque;

use crate::datagram::Transmit;
use crate::session::output::{SessionEvent, SessionOutput};

/// Outputs that may wait. One input makes far fewer; who does not poll is refused more.
const OUTPUTS_MAX: usize = 4096;

/// What waits to be polled.
#[derive(Debug, Default)]
pub(super) struct Outputs(VecDeque<SessionOutput>);

impl Outputs {
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= OUTPUTS_MAX
    }

    pub(super) fn send(&mut self, transmit: Transmit) {
        self.0.push_back(SessionOutput::Transmit(transmit));
    }

    pub(super) fn tell(&mut self, event: SessionEvent) {
        self.0.push_back(SessionOutput::Event(event));
    }

    pub(super) fn pop(&mut self) -> Option<SessionOutput> {
        self.0.pop_front()
    }
}
