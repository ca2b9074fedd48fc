//! Which pair carries the traffic (RFC 8445 sections 8.1 and 12.1):
//!
//! 1. while there is none, the best valid pair does, before anybody nominated it;
//! 2. one that gives no sign of life gives way to one that does, at once;
//! 3. where we control, a better pair takes over when it has shown itself for a while, and the one
//!    in use is nominated;
//! 4. where the peer does, the pair that it nominated is used: of several the one nominated with
//!    the largest number, or clearly last, or of the highest priority.

use std::time::{Duration, Instant};

use super::agent::Agent;
use super::output::Output;
use super::pair::{Nomination, Pair, PairId};

/// Time in use before a better pair takes over.
const SWITCH_DAMPING: Duration = Duration::from_millis(1500);

/// A pair that was left for its silence is not preferred again before.
const RETURN_AFTER: Duration = Duration::from_secs(5);

/// A nomination that comes so long after another moves the path; sooner ones are an aggressive
/// peer's, that nominates whatever it checks (RFC 5245 section 8.1.1.2), and priority decides.
const MOVE_AFTER: Duration = Duration::from_secs(1);

/// An answer that is not older says that the pair in use works.
const FRESH: Duration = Duration::from_secs(1);

impl Pair {
    /// Cheaper, or of higher priority at the same cost.
    pub(super) fn is_better_than(&self, other: &Pair) -> bool {
        (other.cost, self.priority) > (self.cost, other.priority)
    }

    /// The peer means this one, not the other.
    fn is_rather_nominated_than(&self, other: &Pair) -> bool {
        let (Some(this), Some(that)) = (self.peer_nomination, other.peer_nomination) else {
            return self.peer_nomination.is_some();
        };
        if this.value != that.value {
            return this.value > that.value;
        }
        if this.at > that.at + MOVE_AFTER {
            return true;
        }
        that.at <= this.at + MOVE_AFTER && self.priority > other.priority
    }
}

impl Agent {
    /// Looks whether another pair is to carry the traffic.
    pub(super) fn select(&mut self, now: Instant) {
        if let Some(better) = self.better_pair(now) {
            self.adopt(better, now);
        }
        self.nominate();
    }

    fn better_pair(&self, now: Instant) -> Option<PairId> {
        let Some(used) = self.selected_pair() else { return self.best_valid(|_| true) };
        if used.generation != self.current.number {
            return self.best_valid(|_| true);
        }
        if used.is_suspect() {
            let since = used.silence.map(|silence| silence.since);
            return self.best_valid(|pair| pair.id != used.id && pair.answered >= since);
        }
        if self.current.controlling {
            let is_settled = self.selected_at + SWITCH_DAMPING <= now;
            let better = |pair: &Pair| pair.is_better_than(used) && pair.may_be_preferred(now);
            return is_settled.then(|| self.best_valid(better)).flatten();
        }
        self.rather_nominated(used, now)
    }

    /// The best of the valid pairs that pass.
    fn best_valid(&self, passes: impl Fn(&Pair) -> bool) -> Option<PairId> {
        let valid = self.checklist.pairs.iter().filter(|pair| {
            pair.generation == self.current.number && pair.is_valid() && !pair.is_suspect()
        });
        let best = valid.filter(|pair| passes(pair)).reduce(|best, pair| {
            let is_better = match self.current.controlling {
                true => pair.is_better_than(best),
                false if pair.peer_nomination.or(best.peer_nomination).is_some() => {
                    pair.is_rather_nominated_than(best)
                }
                false => pair.priority > best.priority,
            };
            if is_better { pair } else { best }
        });
        best.map(|pair| pair.id)
    }

    fn rather_nominated(&self, used: &Pair, now: Instant) -> Option<PairId> {
        let valid = self.checklist.pairs.iter().filter(|pair| {
            pair.generation == used.generation && pair.is_valid() && pair.may_be_preferred(now)
        });
        let meant = valid.reduce(
            |best, pair| {
                if pair.is_rather_nominated_than(best) { pair } else { best }
            },
        )?;
        (meant.id != used.id && meant.is_rather_nominated_than(used)).then_some(meant.id)
    }

    fn adopt(&mut self, id: PairId, now: Instant) {
        if let Some(left) = self.selected.and_then(|id| self.checklist.get_mut(id)) {
            left.nomination = Nomination::None;
            if left.is_suspect() {
                left.stable_at = now + RETURN_AFTER;
                left.refresh_at = now + SWITCH_DAMPING;
            }
        }
        let interval = self.draw_consent_interval();
        self.selected = Some(id);
        self.selected_at = now;
        self.checklist.bring_to_front(id);
        let Some(pair) = self.checklist.get_mut(id) else { return };
        let is_fresh = pair.answered.is_some_and(|at| at + FRESH > now);
        pair.refresh_at = if is_fresh { now + interval } else { now };
        let generation = pair.generation;
        if generation == self.current.number {
            self.drop_old_path();
        }
        if let Some(path) = self.selected() {
            self.output(Output::Selected(path));
        }
    }

    /// Asks the peer to use the pair that we use (RFC 8445 section 8.1.1).
    fn nominate(&mut self) {
        if !self.current.controlling || self.lite {
            return;
        }
        let number = self.current.number;
        let Some(pair) = self.selected.and_then(|id| self.checklist.get_mut(id)) else { return };
        if pair.generation != number || !pair.is_valid() || pair.nomination != Nomination::None {
            return;
        }
        pair.nomination = Nomination::Asked;
        let id = pair.id;
        self.nominations = self.nominations.saturating_add(1);
        self.checklist.trigger(id);
    }

    pub(super) fn next_selection(&self, now: Instant) -> Option<Instant> {
        let used = self.selected_pair()?;
        let controlling = self.current.controlling;
        let contenders = self.checklist.pairs.iter().filter(|pair| {
            pair.generation == used.generation
                && pair.id != used.id
                && pair.is_valid()
                && pair.silence.is_none()
                && if controlling {
                    pair.is_better_than(used)
                } else {
                    pair.stable_at > now && pair.peer_nomination.is_some()
                }
        });
        let damped = if controlling { self.selected_at + SWITCH_DAMPING } else { now };
        contenders.map(|pair| pair.stable_at.max(damped)).filter(|at| *at > now).min()
    }
}

impl Pair {
    /// It works, and has for a while.
    fn may_be_preferred(&self, now: Instant) -> bool {
        self.silence.is_none() && self.stable_at <= now
    }
}
