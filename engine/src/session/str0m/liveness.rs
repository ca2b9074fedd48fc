//! Whether the peer can be reached: what checks come to, and how long they may come to nothing.
//!
//! 1. Nothing counts until both descriptions are there.
//! 2. Checks look for a path until one works, or for [`Config::ice_failed_after`].
//! 3. A path that works is watched by [consent](super::consent); one that is lost may be found
//!    again, or another, for the same time.
//! 4. What failed stays silent. Only a restart of ICE begins again at 2; without one the connection
//!    ends after [`Config::closed_after_failed`], where that is set.

use std::time::{Duration, Instant};

use super::consent::ConsentState;
use crate::config::Config;
use crate::state::IceConnectionState;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// A description is missing.
    Waiting,
    /// No path worked yet.
    Checking { since: Instant },
    /// A path works.
    Up,
    /// A path worked, and does not now.
    Down { since: Instant },
    /// Over, until ICE restarts.
    Failed { since: Instant },
}

/// What is known of the peer's being there.
#[derive(Debug)]
pub(super) struct Liveness {
    failed_after: Duration,
    closed_after: Option<Duration>,
    /// What checks came to last.
    checks: IceConnectionState,
    phase: Phase,
    /// The peer's credentials are not those of the last exchange.
    renewed: bool,
}

impl Liveness {
    pub(super) fn new(config: &Config) -> Self {
        Liveness {
            failed_after: config.ice_failed_after,
            closed_after: config.closed_after_failed,
            checks: IceConnectionState::New,
            phase: Phase::Waiting,
            renewed: false,
        }
    }

    /// The peer has new credentials: ICE begins, or begins again.
    pub(super) fn renew(&mut self, now: Instant) {
        self.renewed = true;
        // What was found before counts no more, whatever is still to be told of it.
        self.checks = IceConnectionState::Checking;
        if matches!(self.phase, Phase::Up | Phase::Down { .. }) {
            self.phase = Phase::Checking { since: now };
        }
    }

    /// Both descriptions are there.
    pub(super) fn begin(&mut self, now: Instant) {
        if std::mem::take(&mut self.renewed) && self.phase != Phase::Up {
            let up = self.checks_succeed();
            self.phase = if up { Phase::Up } else { Phase::Checking { since: now } };
        }
    }

    /// Checks came to something. True when that is the first path since they began.
    pub(super) fn on_checks(&mut self, state: IceConnectionState, now: Instant) -> bool {
        self.checks = state;
        match (self.phase, self.checks_succeed()) {
            (Phase::Waiting | Phase::Checking { .. }, true) => {
                self.phase = Phase::Up;
                return true;
            }
            (Phase::Down { .. }, true) => self.phase = Phase::Up,
            (Phase::Up, false) => self.phase = Phase::Down { since: now },
            _ => {}
        }
        false
    }

    fn checks_succeed(&self) -> bool {
        matches!(self.checks, IceConnectionState::Connected | IceConnectionState::Completed)
    }

    /// The path in use is no more.
    pub(super) fn lose_path(&mut self, now: Instant) {
        if self.phase == Phase::Up {
            self.phase = Phase::Down { since: now };
        }
    }

    /// Where ICE stands. `works` says that the library has a path all the same.
    pub(super) fn judge(
        &mut self,
        consent: ConsentState,
        works: bool,
        now: Instant,
    ) -> IceConnectionState {
        self.phase = match self.phase {
            Phase::Up | Phase::Down { .. } if consent == ConsentState::Expired => {
                Phase::Failed { since: now }
            }
            Phase::Down { .. } if works && consent == ConsentState::Fresh => Phase::Up,
            Phase::Checking { .. } | Phase::Down { .. } if self.is_due(now) => {
                Phase::Failed { since: now }
            }
            phase => phase,
        };
        self.state(consent)
    }

    fn state(&self, consent: ConsentState) -> IceConnectionState {
        match self.phase {
            Phase::Waiting => IceConnectionState::New,
            Phase::Checking { .. } => IceConnectionState::Checking,
            Phase::Up if consent == ConsentState::Doubtful => IceConnectionState::Disconnected,
            Phase::Up if self.checks_succeed() => self.checks,
            // Consent says so, whatever the checks of other pairs come to.
            Phase::Up => IceConnectionState::Connected,
            Phase::Down { .. } => IceConnectionState::Disconnected,
            Phase::Failed { .. } => IceConnectionState::Failed,
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.phase, Phase::Failed { .. })
    }

    /// It failed so long ago that the connection is to end.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.has_failed() && self.is_due(now)
    }

    fn is_due(&self, now: Instant) -> bool {
        self.next_change().is_some_and(|at| at <= now)
    }

    /// When patience ends. One that is too long for a clock never does.
    pub(super) fn next_change(&self) -> Option<Instant> {
        match self.phase {
            Phase::Waiting | Phase::Up => None,
            Phase::Checking { since } | Phase::Down { since } => {
                since.checked_add(self.failed_after)
            }
            Phase::Failed { since } => since.checked_add(self.closed_after?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use IceConnectionState as Ice;

    fn liveness() -> Liveness {
        let mut config = Config::seeded(1);
        config.ice_failed_after = Duration::from_secs(30);
        config.closed_after_failed = Some(Duration::from_secs(60));
        Liveness::new(&config)
    }

    fn at(secs: u64) -> Instant {
        crate::test_time::origin() + Duration::from_secs(secs)
    }

    /// Begun at the origin.
    fn checking() -> Liveness {
        let mut liveness = liveness();
        liveness.renew(at(0));
        liveness.begin(at(0));
        liveness
    }

    fn up() -> Liveness {
        let mut liveness = checking();
        assert!(liveness.on_checks(Ice::Connected, at(1)), "the first path");
        liveness
    }

    fn judge(liveness: &mut Liveness, secs: u64) -> Ice {
        liveness.judge(ConsentState::Fresh, false, at(secs))
    }

    #[test]
    fn without_both_descriptions_nothing_counts() {
        let mut liveness = liveness();
        liveness.on_checks(Ice::Checking, at(0));
        liveness.renew(at(1));
        assert_eq!(judge(&mut liveness, 1_000), Ice::New);
        assert_eq!(liveness.next_change(), None);
        liveness.begin(at(1_000));
        assert_eq!(judge(&mut liveness, 1_000), Ice::Checking);
        assert_eq!(liveness.next_change(), Some(at(1_030)));
    }

    #[test]
    fn checks_that_come_to_nothing_fail_in_time_and_stay_failed() {
        let mut liveness = checking();
        liveness.on_checks(Ice::Disconnected, at(20));
        assert_eq!(judge(&mut liveness, 29), Ice::Checking);
        assert_eq!(judge(&mut liveness, 30), Ice::Failed);
        for state in [Ice::Checking, Ice::Connected, Ice::Completed] {
            assert!(!liveness.on_checks(state, at(31)));
            assert_eq!(liveness.judge(ConsentState::Fresh, true, at(31)), Ice::Failed);
        }
        // Another exchange without new credentials is none.
        liveness.begin(at(32));
        assert_eq!(judge(&mut liveness, 32), Ice::Failed);
        assert!(!liveness.is_over(at(89)));
        assert!(liveness.is_over(at(90)));
    }

    #[test]
    fn a_restart_begins_again_when_its_exchange_is_complete() {
        let mut liveness = checking();
        assert_eq!(judge(&mut liveness, 30), Ice::Failed);
        liveness.on_checks(Ice::Checking, at(40));
        liveness.renew(at(40));
        assert_eq!(judge(&mut liveness, 40), Ice::Failed);
        liveness.begin(at(50));
        assert_eq!(judge(&mut liveness, 50), Ice::Checking);
        assert_eq!(liveness.next_change(), Some(at(80)));
        assert!(liveness.on_checks(Ice::Completed, at(51)));
        assert_eq!(judge(&mut liveness, 51), Ice::Completed);

        // A restart of what works: the new path is looked for.
        liveness.renew(at(60));
        assert_eq!(judge(&mut liveness, 60), Ice::Checking);
    }

    #[test]
    fn what_was_found_before_a_restart_does_not_count_after_it() {
        let mut liveness = up();
        assert_eq!(liveness.judge(ConsentState::Expired, true, at(31)), Ice::Failed);
        liveness.renew(at(40));
        liveness.begin(at(40));
        assert_eq!(judge(&mut liveness, 40), Ice::Checking);
    }

    #[test]
    fn patience_may_have_no_end() {
        let mut config = Config::seeded(1);
        config.ice_failed_after = Duration::MAX;
        let mut liveness = Liveness::new(&config);
        liveness.renew(at(0));
        liveness.begin(at(0));
        assert_eq!(liveness.next_change(), None);
        assert_eq!(judge(&mut liveness, 1_000_000), Ice::Checking);
    }

    #[test]
    fn a_lost_path_is_disconnected_until_one_works_or_time_is_over() {
        let mut liveness = up();
        liveness.on_checks(Ice::Disconnected, at(5));
        liveness.on_checks(Ice::Checking, at(6));
        assert_eq!(judge(&mut liveness, 7), Ice::Disconnected);
        liveness.on_checks(Ice::Connected, at(8));
        assert_eq!(judge(&mut liveness, 8), Ice::Connected);
        liveness.lose_path(at(9));
        assert_eq!(judge(&mut liveness, 9), Ice::Disconnected);
        assert_eq!(liveness.judge(ConsentState::Fresh, true, at(10)), Ice::Connected);
        liveness.lose_path(at(10));
        assert_eq!(judge(&mut liveness, 40), Ice::Failed);
    }

    #[test]
    fn consent_decides_while_a_path_is_in_use() {
        let mut liveness = up();
        let mut judge = |consent, secs| liveness.judge(consent, true, at(secs));
        assert_eq!(judge(ConsentState::Doubtful, 8), Ice::Disconnected);
        assert_eq!(judge(ConsentState::Fresh, 9), Ice::Connected);
        assert_eq!(judge(ConsentState::Expired, 31), Ice::Failed);
        assert_eq!(judge(ConsentState::Fresh, 32), Ice::Failed);
    }
}
