//! What a driver drives.

use std::time::Instant;

use lapwing_engine::{Input, Rtc, Sink, drain};

/// A machine that speaks the words of the engine: an [`Rtc`], or one of a program's own, such as a
/// client of STUN alone.
pub trait Machine {
    /// Something happened.
    fn handle_input(&mut self, input: Input<'_>, now: Instant);

    /// Says all that is to be done, and when it wants to be woken.
    fn drain(&mut self, sink: &mut impl Sink) -> Instant;
}

impl Machine for Rtc {
    fn handle_input(&mut self, input: Input<'_>, now: Instant) {
        Rtc::handle_input(self, input, now);
    }

    fn drain(&mut self, sink: &mut impl Sink) -> Instant {
        drain(self, sink)
    }
}
