//! When the sender hears what came (RFC 9260 section 6.2).

use std::time::{Duration, Instant};

/// How long a lone packet waits to be acknowledged, for another or for something to go with. RFC
/// 9260 allows half a second and has 200 ms; a sender that measures round trips and waits for the
/// end of a message is better served by a tenth of that, which still halves the packets of a
/// transfer.
const DELAY: Duration = Duration::from_millis(20);

/// Packets that are acknowledged together (RFC 9260 section 6.2: at least every second one).
const PACKETS: u32 = 2;

/// What waits to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Nothing,
    /// So many packets, until then.
    Waits {
        packets: u32,
        until: Instant,
    },
    AtOnce,
}

/// The receiver's acknowledgements.
#[derive(Debug)]
pub(super) struct Acks {
    state: State,
}

impl Acks {
    pub(super) fn new() -> Self {
        Acks { state: State::Nothing }
    }

    /// A packet with data came; `at_once` where the sender waits, or is to know of a gap.
    pub(super) fn on_packet(&mut self, at_once: bool, now: Instant) {
        self.state = match self.state {
            _ if at_once => State::AtOnce,
            State::AtOnce => State::AtOnce,
            State::Waits { packets, .. } if packets + 1 >= PACKETS => State::AtOnce,
            State::Waits { packets, until } => State::Waits { packets: packets + 1, until },
            State::Nothing => State::Waits { packets: 1, until: now + DELAY },
        };
    }

    /// There is room again, and the sender is to know.
    pub(super) fn on_room(&mut self) {
        self.state = State::AtOnce;
    }

    pub(super) fn next_timeout(&self, now: Instant) -> Option<Instant> {
        match self.state {
            State::Nothing => None,
            State::Waits { until, .. } => Some(until),
            State::AtOnce => Some(now),
        }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        match self.state {
            State::Nothing => false,
            State::Waits { until, .. } => until <= now,
            State::AtOnce => true,
        }
    }

    /// It goes out: since it is due, or since something else does.
    pub(super) fn is_wanted(&self) -> bool {
        self.state != State::Nothing
    }

    pub(super) fn on_sent(&mut self) {
        self.state = State::Nothing;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    #[test]
    fn every_second_packet_or_after_a_while_or_at_once() {
        let now = origin();
        let mut acks = Acks::new();
        assert!(!acks.is_wanted() && acks.next_timeout(now).is_none());
        acks.on_packet(false, now);
        assert!(acks.is_wanted() && !acks.is_due(now));
        assert_eq!(acks.next_timeout(now), Some(now + DELAY));
        assert!(acks.is_due(now + DELAY));
        acks.on_packet(false, now + DELAY / 2);
        assert!(acks.is_due(now + DELAY / 2));
        acks.on_sent();
        assert!(!acks.is_wanted());
        acks.on_packet(true, now);
        assert!(acks.is_due(now) && acks.next_timeout(now) == Some(now));
    }
}
