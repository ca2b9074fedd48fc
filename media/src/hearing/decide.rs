//! What is played next: a pure function of what waits and where the playout is.
//!
//! Distances are in samples. The playout's delay is how far it lies behind the fastest packets:
//! while sound is made up it grows, and when a place is left out it shrinks.

use super::settings::{MS, PULL};

/// So far beyond the target a copy of what was lost is not worth the delay any more.
const TOO_LATE_TO_REPAIR: i64 = 200 * MS;

/// So far beyond the target a gap is left out instead of being concealed.
const TOO_LATE_TO_CONCEAL: i64 = 25 * MS;

/// The most that is recalled at once.
const RECALLED_AT_ONCE: i64 = 20 * MS;

/// The least that is made up at once: what decoders can do (RFC 6716: 2.5 ms).
const LEAST: i64 = 5 * MS / 2;

/// The packet that waits longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// There is none.
    Nothing,
    /// It is the next of the stream.
    Due,
    /// So much is missing before it.
    Ahead {
        /// From what was decoded last to this packet.
        gap: i64,
        between: Between,
    },
    /// It begins the stream.
    Start,
}

/// What there should be between two packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// Packets that are lost or late. The later packet may bring some of them back.
    Packets(Told),
    /// Nothing: the sender was silent (DTX), as their numbers follow on each other.
    Silence,
}

/// How much a packet brings back of what was lost before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// As it was: the last packet before it.
    pub(super) copy: i64,
    /// Coarsely: as far back as this.
    pub(super) reach: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) first: First,
    /// How much was made up since the last sound that was sent.
    pub(super) made: i64,
    /// The playout's delay, were the first packet played now.
    pub(super) delay: i64,
    /// What it should be.
    pub(super) target: i64,
    /// How much sound the packets that wait have.
    pub(super) waiting: i64,
    /// How long a packet is.
    pub(super) length: i64,
    /// A telephone event sounds now.
    pub(super) event: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// A telephone event's tone.
    Tone,
    /// The first packet without so much of its beginning, which was made up already.
    Decode { without: i64 },
    /// The copy of what came before the first packet, without so much of its beginning.
    Repair { length: i64, without: i64 },
    /// What the first packet tells of so much before it, from `before` ahead of it on.
    Recall { before: i64, length: i64 },
    /// So much made up.
    MakeUp(i64),
}

pub(super) fn decide(facts: &Facts) -> Action {
    if facts.event {
        return Action::Tone;
    }
    match facts.first {
        First::Nothing => Action::MakeUp(PULL as i64),
        First::Due => Action::Decode { without: facts.passed() },
        First::Start if facts.delay >= facts.target => Action::Decode { without: 0 },
        First::Start => Action::MakeUp(PULL as i64),
        First::Ahead { gap, between } => facts.bridge(gap, between),
    }
}

impl Facts {
    /// How much of a packet that comes late is left out: what was made up in its place, if more
    /// than the target waits and this would not empty the buffer. So a delay that ends at once
    /// costs the time it lasted; one that stays moves the playout.
    fn passed(&self) -> i64 {
        let spare = self.waiting - self.length - PULL as i64;
        (self.delay - self.target).min(self.made).min(spare).max(0)
    }

    fn bridge(&self, gap: i64, between: Between) -> Action {
        let missing = gap - self.made;
        let reached = match between {
            // Silence may be longer or shorter without harm.
            Between::Silence => self.delay >= self.target,
            Between::Packets(_) => missing <= 0 || self.delay >= self.target + TOO_LATE_TO_CONCEAL,
        };
        if let Between::Packets(told) = between
            && self.delay < self.target + TOO_LATE_TO_REPAIR
            && let Some(action) = self.bring_back(gap, told)
        {
            return action;
        }
        if reached {
            return Action::Decode { without: 0 };
        }
        let step = if between == Between::Silence { PULL as i64 } else { missing };
        Action::MakeUp(step.clamp(LEAST, PULL as i64))
    }

    /// The oldest first; the last, of which there is a copy, out of that. What was made up already
    /// is played as it was where there is time for it below the target, as a late packet is.
    fn bring_back(&self, gap: i64, told: Told) -> Option<Action> {
        let missing = gap - self.made;
        let before = (self.target - self.delay).clamp(missing, gap.min(told.reach).max(missing));
        if (1..=told.copy).contains(&before) {
            return Some(Action::Repair { length: told.copy, without: told.copy - before });
        }
        let coarse = (before - told.copy).max(LEAST);
        (1..=told.reach)
            .contains(&before)
            .then(|| Action::Recall { before, length: coarse.min(RECALLED_AT_ONCE) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORMAL: Facts = Facts {
        first: First::Due,
        made: 0,
        delay: 40 * MS,
        target: 40 * MS,
        waiting: 40 * MS,
        length: 20 * MS,
        event: false,
    };

    const LOST: Between = Between::Packets(Told { copy: 0, reach: 0 });

    fn told(copy_ms: i64, reach_ms: i64) -> Between {
        Between::Packets(Told { copy: copy_ms * MS, reach: reach_ms * MS })
    }

    fn ahead(gap_ms: i64, between: Between, made_ms: i64, delay_ms: i64) -> Action {
        let first = First::Ahead { gap: gap_ms * MS, between };
        decide(&Facts { first, made: made_ms * MS, delay: delay_ms * MS, ..NORMAL })
    }

    #[test]
    fn the_next_packet_is_decoded_whole() {
        assert_eq!(decide(&NORMAL), Action::Decode { without: 0 });
        assert_eq!(decide(&Facts { event: true, ..NORMAL }), Action::Tone);
        assert_eq!(decide(&Facts { first: First::Nothing, ..NORMAL }), Action::MakeUp(10 * MS));
    }

    #[test]
    fn a_stream_begins_at_its_target() {
        let start = Facts { first: First::Start, ..NORMAL };
        assert_eq!(decide(&start), Action::Decode { without: 0 });
        assert_eq!(decide(&Facts { delay: 39 * MS, ..start }), Action::MakeUp(10 * MS));
    }

    #[test]
    fn what_comes_late_alone_is_played_and_a_crowd_is_not() {
        let late = Facts { made: 400 * MS, delay: 440 * MS, ..NORMAL };
        assert_eq!(decide(&Facts { waiting: 20 * MS, ..late }), Action::Decode { without: 0 });
        let crowd = Facts { waiting: 460 * MS, ..late };
        assert_eq!(decide(&crowd), Action::Decode { without: 400 * MS });
        assert_eq!(
            decide(&Facts { waiting: 100 * MS, ..late }),
            Action::Decode { without: 70 * MS }
        );
    }

    #[test]
    fn a_gap_is_bridged_until_its_end() {
        assert_eq!(ahead(20, LOST, 0, 20), Action::MakeUp(10 * MS));
        assert_eq!(ahead(20, LOST, 15, 35), Action::MakeUp(5 * MS));
        assert_eq!(ahead(20, LOST, 20, 39), Action::Decode { without: 0 });
        // So late that the gap is left out.
        assert_eq!(ahead(20, LOST, 0, 65), Action::Decode { without: 0 });
    }

    #[test]
    fn a_copy_is_used_for_what_is_still_missing() {
        let repair =
            |length, without| Action::Repair { length: length * MS, without: without * MS };
        let copy = told(20, 0);
        assert_eq!(ahead(20, copy, 0, 20), repair(20, 0));
        assert_eq!(ahead(20, copy, 10, 30), repair(20, 10));
        assert_eq!(ahead(60, copy, 0, -20), Action::MakeUp(10 * MS));
        assert_eq!(ahead(60, copy, 40, 20), repair(20, 0));
        assert_eq!(ahead(20, copy, 20, 40), Action::Decode { without: 0 });
        assert_eq!(ahead(20, copy, 0, 300), Action::Decode { without: 0 });
    }

    #[test]
    fn what_a_later_packet_tells_of_is_recalled_from_the_oldest_on() {
        let recall = |before, length| Action::Recall { before: before * MS, length: length * MS };
        assert_eq!(ahead(60, told(0, 200), 0, 20), recall(60, 20));
        assert_eq!(ahead(60, told(0, 200), 45, 65), recall(15, 15));
        assert_eq!(ahead(60, told(0, 50), 0, 20), Action::MakeUp(10 * MS), "out of reach");
        assert_eq!(ahead(60, told(0, 50), 10, 30), recall(50, 20));
        assert_eq!(ahead(60, told(0, 200), 60, 80), Action::Decode { without: 0 });
        // Made up too early: the playout may be later.
        assert_eq!(ahead(60, told(0, 200), 45, 0), recall(40, 20));
        assert_eq!(ahead(60, told(0, 200), 60, 20), recall(20, 20));
        assert_eq!(ahead(60, told(0, 200), 0, 300), Action::Decode { without: 0 }, "too late");
        // The last packet comes out of its copy, all of it.
        assert_eq!(ahead(60, told(20, 200), 30, 20), recall(30, 10));
        let copy = Action::Repair { length: 20 * MS, without: 0 };
        assert_eq!(ahead(60, told(20, 200), 40, 20), copy);
        let little = Action::Recall { before: 21 * MS, length: LEAST };
        assert_eq!(ahead(21, told(20, 200), 0, 20), little);
    }

    #[test]
    fn silence_ends_at_the_target() {
        assert_eq!(ahead(400, Between::Silence, 400, 39), Action::MakeUp(10 * MS));
        assert_eq!(ahead(400, Between::Silence, 380, 40), Action::Decode { without: 0 });
    }
}
