//! Whether media is marked as ECT(1) (RFC 9331).
//!
//! 1. It is where the application asks for it and RFC 8888 tells what became of the marks.
//! 2. A path that takes marked packets for wrong loses them all, and one that clears the marks, or
//!    a peer that does not see them, shows none: marks are given up (RFC 6679 section 7.2).
//! 3. Another path is tried anew.

use crate::datagram::Ecn;
use crate::feedback::{Arrival, PacketResult};

/// Marked packets in a row that came to nothing, after which no more are marked: a second of a call
/// that begins.
const IN_VAIN_MAX: u32 = 50;

/// What becomes of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not wanted, or nobody would tell of them.
    Off,
    /// None has arrived; so many came to nothing.
    Trying { in_vain: u32 },
    /// They arrive, but for so many of late that came without.
    Arriving { bare: u32 },
    /// The path does not bear them.
    GivenUp,
}

/// Marks on what is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marking {
    wanted: bool,
    state: State,
}

impl Marking {
    pub(super) fn new(wanted: bool) -> Self {
        Marking { wanted, state: State::Off }
    }

    /// Feedback that tells of marks was agreed on, or is no longer.
    pub(super) fn agree(&mut self, told: bool) {
        self.state = match told && self.wanted {
            true => State::Trying { in_vain: 0 },
            false => State::Off,
        };
    }

    pub(super) fn on_path_changed(&mut self) {
        if self.state != State::Off {
            self.state = State::Trying { in_vain: 0 };
        }
    }

    /// The mark of the next packet of media.
    pub(super) fn mark(&self) -> Option<Ecn> {
        let marks = matches!(self.state, State::Trying { .. } | State::Arriving { .. });
        marks.then_some(Ecn::Ect1)
    }

    /// Feedback told what became of packets.
    pub(super) fn on_results(&mut self, results: &[PacketResult]) {
        for result in results.iter().filter(|result| result.sent.ecn.is_some()) {
            let seen = match result.arrival {
                Arrival::Received { ecn, .. } => Some(ecn.is_some()),
                Arrival::Lost => None,
            };
            self.state = match (self.state, seen) {
                (State::Off | State::GivenUp, _) => return,
                (_, Some(true)) => State::Arriving { bare: 0 },
                (State::Arriving { bare }, None) => State::Arriving { bare },
                (State::Arriving { bare: count }, _) | (State::Trying { in_vain: count }, _)
                    if count + 1 >= IN_VAIN_MAX =>
                {
                    tracing::debug!("the path does not bear marks of ECN");
                    State::GivenUp
                }
                (State::Arriving { bare }, Some(false)) => State::Arriving { bare: bare + 1 },
                (State::Trying { in_vain }, _) => State::Trying { in_vain: in_vain + 1 },
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::feedback::{PacketClass, SentPacket};
    use crate::ids::Ssrc;
    use crate::test_time::origin;

    const LOST: Arrival = Arrival::Lost;

    fn received(ecn: Option<Ecn>) -> Arrival {
        Arrival::Received { at: Duration::ZERO, ecn, after_loss: false }
    }

    fn told(marking: &mut Marking, arrivals: impl IntoIterator<Item = Arrival>) {
        for arrival in arrivals {
            let sent = SentPacket {
                number: 0,
                ssrc: Ssrc(1),
                sequence: 0,
                sent_at: origin(),
                size: 1_200,
                ecn: marking.mark(),
                class: PacketClass::Video,
                probe: None,
            };
            marking.on_results(&[PacketResult { sent, arrival }]);
        }
    }

    fn agreed() -> Marking {
        let mut marking = Marking::new(true);
        assert_eq!(marking.mark(), None);
        marking.agree(true);
        assert_eq!(marking.mark(), Some(Ecn::Ect1));
        marking
    }

    #[test]
    fn nothing_is_marked_that_nobody_asked_for() {
        let mut marking = Marking::new(false);
        marking.agree(true);
        assert_eq!(marking.mark(), None);
    }

    #[test]
    fn marks_that_never_arrive_are_given_up_until_the_path_changes() {
        for arrival in [LOST, received(None)] {
            let mut marking = agreed();
            told(&mut marking, [arrival; IN_VAIN_MAX as usize - 1]);
            assert_eq!(marking.mark(), Some(Ecn::Ect1));
            told(&mut marking, [arrival]);
            assert_eq!(marking.mark(), None);
            told(&mut marking, [received(Some(Ecn::Ce))]);
            assert_eq!(marking.mark(), None);
            marking.on_path_changed();
            assert_eq!(marking.mark(), Some(Ecn::Ect1));
        }
    }

    #[test]
    fn losses_do_not_end_marks_that_have_arrived() {
        let mut marking = agreed();
        told(&mut marking, [received(Some(Ecn::Ect1))]);
        told(&mut marking, [LOST; 500]);
        assert_eq!(marking.mark(), Some(Ecn::Ect1));
        told(&mut marking, [received(None); IN_VAIN_MAX as usize]);
        assert_eq!(marking.mark(), None, "they are cleared from some time on");
    }
}
