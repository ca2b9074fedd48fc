//! What is demanded of a universe when its last action is over.

use std::time::{Duration, Instant};

use lapwing_engine::{
    CandidatePairStats, CloseReason, ConnectionState, DtlsFault, Rtc, SessionKind, SignalingState,
};

use super::caller::Caller;
use super::invariant::{Invariant, Violation};
use super::model::{Ledger, Model, stalled, unasked, unlike, unwritten};
use super::reachable::Reachable;
use super::universe::{Topology, Universe};
use super::world::{STEP, World};
use crate::time::Time;

/// How long the network needs to be in order before the call must be.
const HEAL: Duration = Duration::from_secs(10);

/// How long after that both ends must agree.
const SETTLE: Duration = Duration::from_secs(10);

/// How long messages are waited for beyond that where str0m's session carries an end.
const PATIENCE: Duration = Duration::from_secs(180);

/// Every call is watched for so long at least.
const LENGTH: Time = Time::from_secs(60);

/// How long a frame may take, repaired or not.
const FRAME_PATIENCE: Duration = Duration::from_secs(2);

/// The longest exchange of descriptions: the mail's delays, and the latest answer.
const EXCHANGE: Duration = Duration::from_secs(4);

/// How long a call is watched that was ended: beyond the 30 s of consent.
const AFTERMATH: Duration = Duration::from_secs(40);

const NAMES: [&str; 2] = ["a", "b"];

impl World {
    pub(super) fn play(&mut self, universe: &Universe) -> Option<Violation> {
        let healed = universe.healed_at();
        if universe.ends() {
            return self.run_to((healed + AFTERMATH).max(LENGTH));
        }
        if let Some(violation) = self.run_to(healed) {
            return Some(violation);
        }
        let begin = self.instant();
        let ledgers = self.ledgers();
        if let Some(violation) = self.run_to(healed + HEAL) {
            return Some(violation);
        }
        if let Some(violation) = self.run_to_rest() {
            return Some(violation);
        }
        let (settled, quiet) = (self.instant(), self.ledgers());
        let reachable = universe.reachable();
        // A handshake that was cut off for good gives up.
        let gave_up = |end: &usize| {
            self.caller(*end).closed == Some(CloseReason::Dtls(DtlsFault::HandshakeTimeout))
        };
        if reachable == Reachable::Yes || ![0, 1].iter().any(gave_up) {
            let violation = self.check_agreed();
            if violation.is_some() {
                return violation;
            }
        }
        match reachable {
            Reachable::Unsaid => return None,
            Reachable::No => {
                let violation = self.run_to(healed + HEAL + SETTLE);
                return violation.or_else(|| self.check_unreachable(settled));
            }
            Reachable::Yes => {}
        }
        let lost = self.lost();
        self.check_healed(begin)
            .or_else(|| self.run_to((healed + HEAL + SETTLE).max(LENGTH)))
            .or_else(|| self.check_complete(settled, lost))
            .or_else(|| self.run_on(universe, [&ledgers, &quiet]))
            .or_else(|| self.check_arrived([&ledgers, &quiet], settled))
            .or_else(|| {
                let visible =
                    matches!(universe.topology, Topology::Direct | Topology::TwoInterfaces);
                if visible { self.check_pair() } else { None }
            })
    }

    /// Runs on while an exchange is under way: applications that find no path restart ICE again and
    /// again.
    fn run_to_rest(&mut self) -> Option<Violation> {
        let end = self.sim.now() + EXCHANGE;
        let is_under_way = |world: &World| {
            [0, 1].iter().any(|end| world.caller(*end).model.state() != SignalingState::Stable)
        };
        while is_under_way(self) && self.sim.now() < end {
            let violation = self.run_to(self.sim.now() + STEP);
            if violation.is_some() {
                return violation;
            }
        }
        None
    }

    /// Runs on while messages are missing that only wait for the library below: its wait for an
    /// acknowledgement doubles up to a minute.
    fn run_on(&mut self, universe: &Universe, before: [&[Ledger; 2]; 2]) -> Option<Violation> {
        let end = self.sim.now() + PATIENCE;
        while universe.sessions.0.contains(&SessionKind::Str0m)
            && self.missing(before).is_some()
            && self.sim.now() < end
        {
            let violation = self.run_to(self.sim.now() + STEP);
            if violation.is_some() {
                return violation;
            }
        }
        None
    }

    fn caller(&self, end: usize) -> &Caller {
        self.sim.endpoint(self.peers[end]).caller()
    }

    /// The present moment on the clock that both have.
    fn instant(&self) -> Option<Instant> {
        self.caller(0).now
    }

    fn ledgers(&self) -> [Ledger; 2] {
        [0, 1].map(|end| self.caller(end).ledger.clone())
    }

    /// Both are open and at rest, and agree on what was negotiated.
    fn check_agreed(&self) -> Option<Violation> {
        for (end, name) in NAMES.into_iter().enumerate() {
            let closed = self.caller(end).closed.as_ref();
            if let Some(reason) = closed.filter(|reason| **reason != CloseReason::Local) {
                return self.violation(Invariant::StaysOpen, format!("{name}: {reason:?}"));
            }
        }
        match Model::agree(&self.caller(0).model, &self.caller(1).model) {
            Err(detail) => self.violation(Invariant::Agreed, detail),
            Ok(()) => None,
        }
    }

    /// Both are connected, and each m-line that flows got a frame since `begin`.
    fn check_healed(&self, begin: Option<Instant>) -> Option<Violation> {
        for (end, name) in NAMES.into_iter().enumerate() {
            let rtc = self.sim.endpoint(self.peers[end]).rtc();
            let state = rtc.map(Rtc::connection_state);
            if state != Some(ConnectionState::Connected) {
                return self.violation(Invariant::Heals, format!("{name} is {state:?}"));
            }
        }
        for (end, name) in NAMES.into_iter().enumerate() {
            for (mid, kind) in self.caller(1 - end).model.sending() {
                if self.caller(end).heard.get(&mid).copied() <= begin {
                    let detail = format!("no frame of {kind} {mid} reaches {name}");
                    return self.violation(Invariant::Heals, detail);
                }
            }
        }
        None
    }

    /// Frames that were taken since came, but for as many as packets were lost since.
    fn check_complete(&mut self, since: Option<Instant>, lost_before: u64) -> Option<Violation> {
        let allowed = self.lost() - lost_before;
        let (since, now) = (since?, self.instant()?);
        let until = now.checked_sub(FRAME_PATIENCE)?;
        let (mut lost, mut detail) = (0, String::new());
        for (end, name) in NAMES.into_iter().enumerate() {
            for (mid, kind) in self.caller(end).model.sending() {
                let there = &self.caller(1 - end).frames;
                let fate = self.caller(end).frames.fate(mid, there, [since, until]);
                lost += fate.lost as u64;
                if let Some(first) = fate.first {
                    let (of, count) = (fate.taken, fate.lost);
                    detail =
                        format!("{count} of {of} frames of {kind} {mid} of {name}, {first} first");
                }
            }
        }
        if lost <= allowed {
            return None;
        }
        let detail = format!("{detail}, are lost, and {allowed} packets");
        self.violation(Invariant::Complete, detail)
    }

    /// Not both are connected, and no frame has arrived since.
    fn check_unreachable(&self, since: Option<Instant>) -> Option<Violation> {
        let is_connected = |end: &usize| {
            let rtc = self.sim.endpoint(self.peers[*end]).rtc();
            rtc.map(Rtc::connection_state) == Some(ConnectionState::Connected)
        };
        if [0, 1].iter().all(is_connected) {
            return self.violation(Invariant::Unreachable, "both are connected".to_owned());
        }
        for (end, name) in NAMES.into_iter().enumerate() {
            if let Some((mid, _)) = self.caller(end).heard.iter().find(|(_, at)| Some(**at) > since)
            {
                let detail = format!("a frame of {mid} reaches {name}");
                return self.violation(Invariant::Unreachable, detail);
            }
        }
        None
    }

    /// What the two ends know of channels and messages goes together, as it must at any time.
    pub(super) fn check_channels(&mut self) -> Option<Violation> {
        let mut judged = std::mem::take(&mut self.judged);
        let ledgers = [&self.caller(0).ledger, &self.caller(1).ledger];
        if let Some(detail) = unasked(ledgers) {
            return self.violation(Invariant::AsAsked, detail);
        }
        let found = unwritten(ledgers, &mut judged);
        self.judged = judged;
        found.and_then(|detail| self.violation(Invariant::InOrder, detail))
    }

    /// How channels are not as they must be, or messages have not come.
    fn missing(&self, [before, quiet]: [&[Ledger; 2]; 2]) -> Option<String> {
        let now = [&self.caller(0).ledger, &self.caller(1).ledger];
        unlike(before.each_ref(), now).or_else(|| stalled(quiet.each_ref(), now))
    }

    /// Channels and messages are as they must be, and nothing comes in where nothing is to.
    fn check_arrived(
        &self,
        before: [&[Ledger; 2]; 2],
        since: Option<Instant>,
    ) -> Option<Violation> {
        if let Some(detail) = self.missing(before) {
            return self.violation(Invariant::Arrives, detail);
        }
        for (end, name) in NAMES.into_iter().enumerate() {
            let receiving = self.caller(end).model.receiving();
            let heard = self.caller(end).heard.iter().find(|(mid, at)| {
                Some(**at) > since && !receiving.iter().any(|(receives, _)| receives == *mid)
            });
            if let Some((mid, _)) = heard {
                let detail = format!("frames of {mid} reach {name}, which receives none");
                return self.violation(Invariant::Arrives, detail);
            }
        }
        None
    }

    /// Each sends to where the other sends from.
    fn check_pair(&self) -> Option<Violation> {
        let pair = |end: usize| {
            let stats = self.sim.endpoint(self.peers[end]).rtc()?.stats();
            stats.candidate_pair.map(|CandidatePairStats { pair, .. }| pair)
        };
        let (Some(a), Some(b)) = (pair(0), pair(1)) else {
            return self.violation(Invariant::SamePair, "an end has no pair".to_owned());
        };
        if (a.local, a.remote) == (b.remote, b.local) {
            return None;
        }
        let detail = format!("a: {} > {}, b: {} > {}", a.local, a.remote, b.local, b.remote);
        self.violation(Invariant::SamePair, detail)
    }
}
