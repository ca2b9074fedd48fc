//! A queue that does not empty: whose is it, and what to do about it.
//!
//! A slope tells that a queue grows, not that it stands; a full queue has no slope at all. And a
//! queue that others fill does not empty whatever we do: who yields to it gets nothing.
//!
//! 1. A queue that stands for some time is drained: the rate falls below what arrives.
//! 2. After each fall of the rate against such a queue, for this reason or for a slope, the queue
//!    must shrink. When it does not, twice, it is not ours: we compete.
//! 3. Competing, the rate grows by a packet in a round trip and falls with losses, as TCP does.
//! 4. After each such fall it is held as long as the queue drains as it does where we are alone.
//!    When the queue stays empty, we are.

use std::time::{Duration, Instant};

/// A queue longer than this stands, when it has been for so long; up to the smaller length it is
/// none.
const STANDING_MS: f64 = 60.0;
const STANDING_FOR: Duration = Duration::from_millis(500);
const EMPTY_MS: f64 = 25.0;

/// Draining takes the rate to this part of what arrives, for a round trip and so long.
const DRAIN_PART: f64 = 0.75;
const DRAIN_FOR: Duration = Duration::from_secs(1);
/// Then no more than this part of the queue is left where we are alone.
const DRAINED: f64 = 0.6;
/// So often more may be left: what arrives is measured late after the path became narrower.
const FAILED_MAX: u32 = 2;
/// But not once when we competed within this time.
const SUSPECTED_FOR: Duration = Duration::from_secs(60);

/// Competing, a loss takes the rate to this part of itself, as CUBIC has it (RFC 9438 section 4.6).
const CUT_PART: f64 = 0.8;
/// A queue that drains by so many milliseconds in a second may be ours alone: the rate is held,
const DRAINS_MS_PER_SECOND: f64 = 150.0;
/// for so long at most.
const HOLD_MAX: Duration = Duration::from_secs(6);
/// Others' queues are short for a moment too, after they yielded: it must be empty for so long.
const EMPTY_FOR: Duration = Duration::from_millis(1_500);

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Advice {
    /// Go by the slope.
    Slope,
    /// Go down to this part of what arrives.
    Drain(f64),
    /// Stay, unless the slope says to go down.
    Wait,
    /// Grow by a packet in a round trip, whatever the slope says.
    Grow,
    /// Go down to this part of the rate.
    Cut(f64),
    /// Stay, whatever the slope says.
    Hold,
}

/// A queue at a moment.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Instant,
    ms: f64,
}

/// A fall whose effect is awaited.
#[derive(Clone, Copy, Debug)]
struct Trial {
    before: Seen,
    /// The shortest that the queue has been since.
    least_ms: f64,
    /// The rate fell to drain a queue, and waits for that.
    drains: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Alone {
    standing_since: Option<Instant>,
    trial: Option<Trial>,
    failed: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Competing {
    hold: Option<Seen>,
    empty_since: Option<Instant>,
}

#[derive(Debug)]
enum State {
    Alone(Alone),
    Competing(Competing),
}

/// What feedback told of the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// How long it is, in milliseconds.
    pub(super) ms: f64,
    /// It grows, and the rate falls for that.
    pub(super) grows: bool,
    /// Packets were lost.
    pub(super) lost: bool,
}

/// Whether the queue is ours.
#[derive(Debug)]
pub(super) struct Competition {
    state: State,
    competed_at: Option<Instant>,
}

impl Competition {
    pub(super) fn new() -> Self {
        Competition { state: State::Alone(Alone::default()), competed_at: None }
    }

    pub(super) fn is_competing(&self) -> bool {
        matches!(self.state, State::Competing(_))
    }

    /// Feedback came.
    pub(super) fn on_queue(&mut self, told: Told, round_trip: Duration, now: Instant) -> Advice {
        let lately =
            self.competed_at.is_some_and(|at| now.saturating_duration_since(at) < SUSPECTED_FOR);
        match &mut self.state {
            State::Alone(alone) => {
                let failed_max = if lately { 1 } else { FAILED_MAX };
                if let Some(advice) = alone.on_queue(told, failed_max, round_trip, now) {
                    return advice;
                }
                self.state = State::Competing(Competing::default());
                Advice::Grow
            }
            State::Competing(competing) => {
                self.competed_at = Some(now);
                if let Some(advice) = competing.on_queue(told, round_trip, now) {
                    return advice;
                }
                self.state = State::Alone(Alone::default());
                Advice::Slope
            }
        }
    }
}

impl Alone {
    /// `None`: we are not.
    fn on_queue(
        &mut self,
        told: Told,
        failed_max: u32,
        round_trip: Duration,
        now: Instant,
    ) -> Option<Advice> {
        let seen = Seen { at: now, ms: told.ms };
        if let Some(trial) = &mut self.trial {
            trial.least_ms = trial.least_ms.min(told.ms);
        }
        if let Some(trial) =
            self.trial.filter(|trial| now >= trial.before.at + round_trip + DRAIN_FOR)
        {
            let left = trial.least_ms > EMPTY_MS.max(DRAINED * trial.before.ms);
            self.failed = if left { self.failed + 1 } else { 0 };
            self.trial = None;
            if self.failed >= failed_max {
                return None;
            }
        }
        if told.ms < EMPTY_MS {
            self.standing_since = None;
            self.trial = self.trial.filter(|trial| !trial.drains);
        }
        if self.trial.is_some_and(|trial| trial.drains) {
            return Some(Advice::Wait);
        }
        if told.ms <= STANDING_MS {
            self.standing_since = None;
        } else {
            let since = *self.standing_since.get_or_insert(now);
            if now.saturating_duration_since(since) >= STANDING_FOR && self.trial.is_none() {
                self.trial = Some(Trial { before: seen, least_ms: told.ms, drains: true });
                return Some(Advice::Drain(DRAIN_PART));
            }
        }
        if told.grows && told.ms > STANDING_MS && self.trial.is_none() {
            self.trial = Some(Trial { before: seen, least_ms: told.ms, drains: false });
        }
        Some(Advice::Slope)
    }
}

impl Competing {
    /// `None`: we do not.
    fn on_queue(&mut self, told: Told, round_trip: Duration, now: Instant) -> Option<Advice> {
        if told.ms < EMPTY_MS {
            let since = *self.empty_since.get_or_insert(now);
            if now.saturating_duration_since(since) >= EMPTY_FOR {
                return None;
            }
        } else {
            self.empty_since = None;
        }
        let goes_on = self.hold.is_some_and(|hold| {
            let passed = now.saturating_duration_since(hold.at).saturating_sub(round_trip);
            let drains = hold.ms - told.ms >= DRAINS_MS_PER_SECOND * passed.as_secs_f64();
            passed < DRAIN_FOR || (drains || told.ms < EMPTY_MS) && passed < HOLD_MAX
        });
        if goes_on {
            return Some(Advice::Hold);
        }
        self.hold = told.lost.then_some(Seen { at: now, ms: told.ms });
        Some(if told.lost { Advice::Cut(CUT_PART) } else { Advice::Grow })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const ROUND_TRIP: Duration = Duration::from_millis(100);

    /// What is advised at other times than before, in milliseconds.
    fn play(
        competition: &mut Competition,
        from: u64,
        queue: impl Fn(u64) -> (f64, bool),
    ) -> Vec<(u64, Advice)> {
        let mut advice: Vec<(u64, Advice)> = Vec::new();
        for at in (from..from + 10_000).step_by(50) {
            let (ms, lost) = queue(at);
            let now = origin() + Duration::from_millis(at);
            let told = Told { ms, grows: false, lost };
            let next = competition.on_queue(told, ROUND_TRIP, now);
            if advice.last().is_none_or(|last| last.1 != next) {
                advice.push((at, next));
            }
        }
        advice
    }

    #[test]
    fn a_queue_that_drains_is_ours() {
        let mut competition = Competition::new();
        let drains = |at: u64| (280.0_f64.min(500.0 - 0.4 * at as f64).max(0.0), false);
        let advice = play(&mut competition, 0, drains);
        let expected = [(0, Advice::Slope), (500, Advice::Drain(DRAIN_PART)), (550, Advice::Wait)];
        assert_eq!(advice[..3], expected);
        assert_eq!(advice.last().map(|last| last.1), Some(Advice::Slope));
        assert!(!competition.is_competing());
    }

    #[test]
    fn one_that_does_not_is_anothers_until_it_empties() {
        let mut competition = Competition::new();
        let advice = play(&mut competition, 0, |at| (280.0, at == 8_000));
        let drains = advice.iter().filter(|one| matches!(one.1, Advice::Drain(_))).count();
        assert_eq!(drains, 2, "{advice:?}");
        assert!(competition.is_competing());
        let end = &advice[advice.len() - 4..];
        assert_eq!(end[0].1, Advice::Grow);
        assert_eq!(end[1], (8_000, Advice::Cut(CUT_PART)));
        assert_eq!((end[2].1, end[3].1), (Advice::Hold, Advice::Grow));
        assert_eq!(end[3].0, 9_100, "a round trip and a second");
        play(&mut competition, 10_000, |at| (if at < 11_000 { 10.0 } else { 200.0 }, false));
        assert!(competition.is_competing(), "it was empty for too short a time");
        play(&mut competition, 20_000, |_| (10.0, false));
        assert!(!competition.is_competing());
    }

    #[test]
    fn one_that_was_shorter_for_a_moment_is_ours() {
        let mut competition = Competition::new();
        // It drains after each fall, and is there again when the trial is over.
        let advice =
            play(&mut competition, 0, |at| (if at % 1_000 < 600 { 100.0 } else { 40.0 }, false));
        assert!(advice.iter().any(|one| matches!(one.1, Advice::Drain(_))), "{advice:?}");
        assert!(!competition.is_competing());
    }

    #[test]
    fn short_queues_are_left_to_the_slope() {
        let mut competition = Competition::new();
        let advice = play(&mut competition, 0, |at| ((at % 400) as f64 / 5.0, true));
        assert_eq!(advice, [(0, Advice::Slope)]);
    }
}
