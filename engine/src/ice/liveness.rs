//! Where ICE stands, as applications see it (`RTCIceTransportState`).
//!
//! 1. Nothing counts until the peer's credentials are there.
//! 2. Checks look for a path until one works, or patience ends: never earlier, even if all of them
//!    failed, as the peer's own may still come (RFC 8863).
//! 3. A path that works is watched. One that gives no answer is disconnected, while checks of all
//!    pairs go on, and failed when patience ends.
//! 4. What failed is silent. Only a restart begins again at 2.

use std::time::{Duration, Instant};

use super::agent::Agent;
use super::consent::has_consent;
use super::output::Output;
use super::pair::{CONSENT_EXPIRES, Nomination, Pair, PairState};
use super::phase::Phase;
use crate::state::IceConnectionState;

/// No answer for so long: disconnected.
const DISCONNECTED_AFTER: Duration = Duration::from_secs(5);

/// The same where something else still comes: the path works one way at least.
const DISCONNECTED_THOUGH_HEARD_AFTER: Duration = Duration::from_secs(15);

/// But not before checks went out, and went unanswered, for so long, or until an answer was
/// overdue.
const DISCONNECTED_AFTER_ASKED: Duration = Duration::from_millis(900);

/// A lite agent asks nothing: two of the peer's consent checks did not come.
const DISCONNECTED_AFTER_LITE: Duration = Duration::from_secs(12);

impl Agent {
    /// A path is there, and answers.
    pub(super) fn is_up(&self) -> bool {
        self.phase == Phase::Up && self.state != IceConnectionState::Disconnected
    }

    pub(super) fn update_state(&mut self, now: Instant) {
        self.drop_expired_previous(now);
        let number = self.current.number;
        let used = self.selected_pair().filter(|pair| pair.generation == number);
        let used = used.map(|pair| self.fate(pair));
        let is_over =
            |since: Instant| since.checked_add(self.failed_after).is_some_and(|at| at <= now);
        self.phase = match (self.phase, used) {
            (Phase::Waiting, _) => Phase::Waiting,
            (Phase::Failed, _) => Phase::Failed,
            (_, Some(fate)) if fate.lost_since.is_some_and(is_over) => Phase::Failed,
            (_, Some(_)) => Phase::Up,
            (Phase::Up, None) => Phase::Down { since: now },
            (Phase::Checking { since } | Phase::Down { since }, None) if is_over(since) => {
                Phase::Failed
            }
            (phase, None) => phase,
        };
        if self.phase == Phase::Failed {
            self.fall_silent();
        }
        let is_disconnected =
            used.and_then(|fate| fate.disconnected_at).is_some_and(|at| at <= now);
        let state = self.state_of(is_disconnected);
        if state != self.state {
            self.state = state;
            self.output(Output::State(state));
        }
    }

    fn state_of(&self, is_disconnected: bool) -> IceConnectionState {
        match self.phase {
            Phase::Waiting => IceConnectionState::New,
            Phase::Checking { .. } => IceConnectionState::Checking,
            Phase::Up if is_disconnected => IceConnectionState::Disconnected,
            Phase::Up if self.is_complete() => IceConnectionState::Completed,
            Phase::Up => IceConnectionState::Connected,
            Phase::Down { .. } => IceConnectionState::Disconnected,
            Phase::Failed => IceConnectionState::Failed,
        }
    }

    /// The pair in use is agreed on, and no other is left to be checked.
    fn is_complete(&self) -> bool {
        let nominated = self.selected_pair().is_some_and(Pair::is_nominated);
        nominated && self.checklist.busy(self.current.number) == 0
    }

    fn fate(&self, pair: &Pair) -> Fate {
        let answered = pair.answered;
        if self.lite {
            let heard = answered.max(pair.heard);
            let disconnected_at = heard.map(|at| at + DISCONNECTED_AFTER_LITE);
            return Fate { disconnected_at, lost_since: answered };
        }
        let Some(silence) = pair.silence else {
            return Fate { disconnected_at: None, lost_since: None };
        };
        let asked = silence.since + DISCONNECTED_AFTER_ASKED.max(pair.overdue_after());
        let deaf = pair.heard.max(answered).map_or(asked, |at| at + DISCONNECTED_AFTER);
        let mute = answered.map_or(asked, |at| at + DISCONNECTED_THOUGH_HEARD_AFTER);
        Fate { disconnected_at: Some(asked.max(deaf.min(mute))), lost_since: answered }
    }

    /// The path of an old generation is used while the peer consents (RFC 7675).
    fn drop_expired_previous(&mut self, now: Instant) {
        let number = self.current.number;
        let expired = self
            .selected_pair()
            .is_some_and(|pair| pair.generation != number && !has_consent(pair, now));
        if expired {
            self.selected = None;
            self.drop_old_path();
            self.output(Output::Lost);
        }
    }

    /// Nothing is sent any more.
    fn fall_silent(&mut self) {
        self.checks.clear();
        self.checklist.forget_triggers();
        for pair in &mut self.checklist.pairs {
            pair.state = PairState::Failed;
            pair.nomination = Nomination::None;
            pair.peer_nomination = None;
            pair.silence = None;
        }
        self.previous = None;
        self.drop_old_path();
        if self.selected.take().is_some() {
            self.output(Output::Lost);
        }
    }

    pub(super) fn next_state_change(&self, now: Instant) -> Option<Instant> {
        let patience = match self.phase {
            Phase::Waiting | Phase::Up | Phase::Failed => None,
            Phase::Checking { since } | Phase::Down { since } => {
                since.checked_add(self.failed_after)
            }
        };
        let Some(pair) = self.selected_pair() else { return patience };
        if pair.generation != self.current.number {
            let expires = pair.answered.map(|at| at + CONSENT_EXPIRES);
            return expires.into_iter().chain(patience).min();
        }
        let fate = self.fate(pair);
        let lost = fate.lost_since.and_then(|since| since.checked_add(self.failed_after));
        let disconnected = fate.disconnected_at.filter(|at| *at > now);
        disconnected.into_iter().chain(lost).min()
    }
}

/// What becomes of the path in use unless an answer comes.
#[derive(Clone, Copy)]
struct Fate {
    disconnected_at: Option<Instant>,
    /// From when on patience runs.
    lost_since: Option<Instant>,
}
