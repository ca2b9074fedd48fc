//! Boxes before each peer, and servers that help.

use super::tape::Tape;
use crate::reach::Behind;

/// Relays that a universe has at most.
pub(super) const RELAYS_MAX: u32 = 2;

/// How long a relayed address lives that is not refreshed, in milliseconds: what credentials that
/// expired leave.
pub(super) const LIFETIME_MS: u32 = 10_000;

/// What each is behind, and the relays that both know. A STUN server stands beside them, and is
/// never lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Helped {
    /// What `A` and `B` are behind.
    pub behind: [Behind; 2],
    /// How many relays there are: two at most.
    pub relays: u32,
    /// They are reached by TCP too.
    pub by_tcp: bool,
}

impl Helped {
    pub(super) fn draw(tape: &mut Tape<'_>) -> Helped {
        let all = Behind::all();
        let behind = [*tape.choose(&all), *tape.choose(&all)];
        let relays = *tape.choose(&[0, 1, 1, RELAYS_MAX]);
        Helped { behind, relays, by_tcp: *tape.choose(&[false, true]) }
    }

    /// Those that are simpler by one step.
    pub(super) fn simpler(self) -> Vec<Helped> {
        let [a, b] = self.behind;
        vec![
            Helped { behind: [Behind::Open, b], ..self },
            Helped { behind: [a, Behind::Open], ..self },
            Helped { relays: 0, ..self },
            Helped { relays: self.relays.min(1), ..self },
            Helped { by_tcp: false, ..self },
        ]
    }
}
