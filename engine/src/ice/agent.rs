//! The agent: what it knows, and its verbs.
//!
//! 1. [`Agent::new`] with our credentials; checks that come are answered and remembered.
//! 2. Candidates of ours are [added](Agent::add_local); the peer's credentials
//!    [come](Agent::set_remote), and its [candidates](Agent::add_remote), in any order after.
//! 3. Time and messages drive it: [`Agent::handle_stun`], [`Agent::handle_timeout`].
//! 4. What is to be done is [polled](Agent::poll) until there is nothing more; then
//!    [`Agent::next_timeout`] says when it wants to be woken.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::RngCore;
use stun_types::message::{IntegrityKey, TransactionId};

use super::candidates::{Addition, COMPONENT, Candidates, LocalCandidate, Traffic, same_address};
use super::check::Checks;
use super::checklist::{Checklist, Role};
use super::credentials::{Credentials, Generation, Remote};
use super::drop_reason::{DropReason, Handled};
use super::early::EarlyChecks;
use super::message::{self, CarriedAttribute};
use super::output::{Output, Path};
use super::pair::{Pair, PairId, PairState};
use super::phase::Phase;
use crate::candidate::{CandidateError, IceCandidate};
use crate::datagram::{Protocol, Transmit};
use crate::entropy::Draws;
use crate::state::IceConnectionState;

/// Time between two checks by default. RFC 8445 section 14.2 has 50 ms where nothing is known, and
/// 5 ms at least; a check is a hundred bytes, so this is 40 kbit/s.
pub const TA: Duration = Duration::from_millis(20);

/// Smallest time between two checks (RFC 8445 section 14.2).
pub const TA_MIN: Duration = Duration::from_millis(5);

/// How long it takes by default to check a long list once: eight by eight candidates connect within
/// a second even if only the last pair works. They are checked every 11 ms, at 70 kbit/s.
pub const LIST_WITHIN: Duration = Duration::from_millis(750);

/// How long checks may come to nothing by default, and a lost path be lost.
pub const FAILED_AFTER: Duration = Duration::from_secs(30);

/// Outputs that wait to be polled. One verb makes few; whoever does not poll loses what is oldest
/// of what is to be sent, as a network would.
const OUTPUTS_MAX: usize = 1024;

/// What an agent is made of.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// It answers checks and sends none (RFC 8445 section 2.5). Two lite agents find no path:
    /// WebRTC needs consent (RFC 7675), and neither would ask for it.
    pub lite: bool,
    /// Time between two checks; at least [`TA_MIN`].
    pub ta: Duration,
    /// A list of checks so long that it would take more than this is gone through faster, down to
    /// [`TA_MIN`]. `None` keeps to [`Self::ta`].
    pub list_within: Option<Duration>,
    /// How long checks may come to nothing, and a lost path be lost, before the state is failed.
    pub failed_after: Duration,
    /// Where transaction ids, the tie-breaker and jitter come from.
    pub rng: ChaCha20Rng,
}

impl AgentConfig {
    /// A full agent with the usual times.
    pub fn new(rng: ChaCha20Rng) -> Self {
        let list_within = Some(LIST_WITHIN);
        AgentConfig { lite: false, ta: TA, list_within, failed_after: FAILED_AFTER, rng }
    }
}

/// An ICE agent for one component of one stream: everything is bundled and multiplexed.
#[derive(Debug)]
pub struct Agent {
    pub(super) lite: bool,
    pub(super) ta: Duration,
    pub(super) list_within: Option<Duration>,
    pub(super) failed_after: Duration,
    pub(super) draws: Draws,
    /// RFC 8445 section 16.1.
    pub(super) tie_breaker: u64,
    pub(super) current: Generation,
    /// The one whose path is used until the current one has one, and whose checks are answered
    /// after.
    pub(super) previous: Option<Generation>,
    /// Credentials of an offer that is out.
    pub(super) expected: Option<Credentials>,
    pub(super) early: EarlyChecks,
    pub(super) candidates: Candidates,
    /// The peer said that it has no more candidates.
    pub(super) remote_done: bool,
    pub(super) checklist: Checklist,
    pub(super) checks: Checks,
    pub(super) next_check: Instant,
    pub(super) selected: Option<PairId>,
    pub(super) selected_at: Instant,
    /// How often a pair was nominated, for peers that count.
    pub(super) nominations: u32,
    /// When a pair is probed next that would be better than the one in use.
    pub(super) prospect_at: Option<Instant>,
    pub(super) phase: Phase,
    pub(super) state: IceConnectionState,
    pub(super) carried: Vec<CarriedAttribute>,
    pub(super) carried_kinds: Vec<u16>,
    pub(super) deferred: VecDeque<Step>,
    outputs: VecDeque<Output>,
    wake_at: Option<Instant>,
}

impl Agent {
    /// An agent that has our credentials and knows nothing of the peer.
    pub fn new(config: AgentConfig, local: Credentials, now: Instant) -> Self {
        let AgentConfig { lite, ta, list_within, failed_after, mut rng } = config;
        let tie_breaker = rng.next_u64();
        Agent {
            lite,
            ta: ta.max(TA_MIN),
            list_within,
            failed_after,
            draws: Draws::of(&rng),
            tie_breaker,
            current: Generation { number: 0, local, remote: None, controlling: !lite },
            previous: None,
            expected: None,
            early: EarlyChecks::default(),
            candidates: Candidates::default(),
            remote_done: false,
            checklist: Checklist::default(),
            checks: Checks::default(),
            next_check: now,
            selected: None,
            selected_at: now,
            nominations: 0,
            prospect_at: None,
            phase: Phase::Waiting,
            state: IceConnectionState::New,
            carried: Vec::new(),
            carried_kinds: Vec::new(),
            deferred: VecDeque::new(),
            outputs: VecDeque::new(),
            wake_at: None,
        }
    }

    /// The peer's description is there: checks begin. `controlling` says who made the offer (RFC
    /// 8445 section 6.1.1). Of the same credentials it changes nothing but what the peer can do.
    /// Of other ones, as when another device answers, it is a [restart](Self::restart).
    pub fn set_remote(&mut self, remote: Remote, controlling: bool, now: Instant) {
        if self.current.remote.is_some() {
            return self.restart(self.current.local.clone(), remote, controlling, now);
        }
        self.current.controlling = (controlling || remote.lite) && !self.lite;
        self.current.remote = Some(remote);
        self.phase = Phase::Checking { since: now };
        self.take_early(now);
        self.advance(now);
    }

    /// Whoever told [`Self::set_remote`] or [`Self::restart`] that it was `at` did not know the
    /// time: patience counts from `now`.
    pub fn count_from(&mut self, at: Instant, now: Instant) {
        if self.phase == (Phase::Checking { since: at }) {
            self.phase = Phase::Checking { since: now };
            self.advance(now);
        }
    }

    /// Adds a candidate of ours and gives it back as it is to be signalled. `None` for one that
    /// cannot be used: by name, of another component, known, or one too many.
    pub fn add_local(&mut self, candidate: LocalCandidate, now: Instant) -> Option<IceCandidate> {
        let id = self.candidates.add_local(candidate)?;
        if !self.lite {
            self.checklist.pair_local(&self.candidates, id, self.role(), now);
            self.checklist.reprioritise(&self.candidates, self.role());
        }
        let added = self.candidates.local(id).map(|local| self.signalled(&local.candidate));
        self.advance(now);
        added
    }

    /// An address of ours cannot be used any more, nor can the candidates based on it. If it
    /// carries the traffic, another pair takes over at once where one works.
    pub fn remove_local(&mut self, base: SocketAddr, protocol: Protocol, now: Instant) {
        self.candidates
            .locals
            .retain(|local| !(local.base == base && local.protocol() == protocol));
        self.checklist.retain(|pair| !(pair.source == base && pair.protocol == protocol));
        let checklist = &self.checklist;
        self.checks.retain(|pair| checklist.get(pair).is_some());
        if self.selected.is_some_and(|id| self.checklist.get(id).is_none()) {
            self.selected = None;
            self.drop_old_path();
            self.advance(now);
            if self.selected.is_none() && !self.is_over() {
                self.output(Output::Lost);
            }
            return;
        }
        self.advance(now);
    }

    /// Adds a candidate of the peer's. One of another component or generation is left out.
    pub fn add_remote(
        &mut self,
        candidate: &IceCandidate,
        now: Instant,
    ) -> Result<(), CandidateError> {
        let ufrag = candidate.ufrag.as_deref();
        let is_foreign = ufrag.is_some_and(|ufrag| {
            self.current.remote_ufrag().is_some_and(|current| current != ufrag)
        });
        if is_foreign || candidate.component != COMPONENT {
            return Ok(());
        }
        let (id, addition) = self.candidates.add_remote(candidate, self.current.number)?;
        match addition {
            Addition::New if !self.lite => {
                self.checklist.pair_remote(&self.candidates, id, self.role(), now);
            }
            Addition::Improved => self.checklist.reprioritise(&self.candidates, self.role()),
            Addition::New | Addition::Redundant => {}
        }
        self.advance(now);
        Ok(())
    }

    /// The peer has no more candidates in this generation (RFC 8838 section 14). That all of them
    /// failed is no reason to give up before patience ends, as the peer's own checks may come from
    /// elsewhere (RFC 8863); so nothing hangs on it but what [`Self::has_all_candidates`] says.
    pub fn end_of_candidates(&mut self) {
        self.remote_done = true;
    }

    /// The peer said that it has no more candidates.
    pub fn has_all_candidates(&self) -> bool {
        self.remote_done
    }

    /// A STUN message came from `source`, the peer's, to `destination`, the base of a candidate of
    /// ours. Nothing is learnt from one that is not signed as it should be.
    pub fn handle_stun(
        &mut self,
        contents: &[u8],
        source: SocketAddr,
        destination: SocketAddr,
        protocol: Protocol,
        now: Instant,
    ) -> Handled {
        let message = match message::parse(contents) {
            Ok(message) => message,
            Err(reason) => return Handled::Dropped(reason),
        };
        let arrival = Arrival { source, destination, protocol, bytes: contents.len() };
        let handled = match message.class() {
            stun_types::message::MessageClass::Request => {
                self.handle_request(&message, arrival, now)
            }
            stun_types::message::MessageClass::Indication => Ok(Handled::Indication),
            _ => self.handle_response(&message, arrival, now),
        };
        match handled {
            Ok(handled) => {
                if self.defers() {
                    self.deferred.push_back(Step::Advance(now));
                } else {
                    self.advance(now);
                }
                handled
            }
            Err(reason) => Handled::Dropped(reason),
        }
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
    }

    /// The next thing that comes out; `None` when there is nothing more.
    pub fn poll(&mut self) -> Option<Output> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            let step = self.deferred.pop_front()?;
            self.take_step(step);
        }
    }

    /// When [`Self::handle_timeout`] is to be called; `None` while nothing but a message can
    /// change anything.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.wake_at
    }

    /// Where ICE stands.
    pub fn state(&self) -> IceConnectionState {
        self.state
    }

    /// The role in the generation that is current; conflicts may change it.
    pub fn is_controlling(&self) -> bool {
        self.current.controlling
    }

    /// Our credentials of the current generation.
    pub fn local_credentials(&self) -> &Credentials {
        &self.current.local
    }

    /// The peer's credentials of the current generation, once they are known.
    pub fn remote_credentials(&self) -> Option<&Credentials> {
        self.current.remote.as_ref().map(|remote| &remote.credentials)
    }

    /// The path that carries the traffic.
    pub fn selected(&self) -> Option<Path> {
        self.selected_pair().map(|pair| self.path(pair))
    }

    /// Source and destination of what is sent: what of [`Self::selected`] is asked for with every
    /// packet.
    pub fn path_addresses(&self) -> Option<(SocketAddr, SocketAddr)> {
        self.selected_pair().map(|pair| (pair.source, pair.destination))
    }

    /// Candidates of ours that descriptions tell of, as they are to be signalled.
    pub fn local_candidates(&self) -> Vec<IceCandidate> {
        let signalled = self.candidates.locals.iter().filter(|local| !local.is_learnt());
        signalled.map(|local| self.signalled(&local.candidate)).collect()
    }

    /// STUN traffic with an address of the peer's, and whether an answer came from there: before
    /// it did, whoever sends more there must bound it.
    pub fn traffic(&self, remote: SocketAddr) -> Option<Traffic> {
        let mut known = self.candidates.remotes.iter();
        let known = known.find(|candidate| same_address(candidate.address, remote))?;
        Some(known.traffic)
    }

    /// Whether an authentic check or answer came this way: what is not STUN need not be looked at
    /// from elsewhere.
    pub fn is_authentic_path(&self, source: SocketAddr, destination: SocketAddr) -> bool {
        let mut pairs = self.checklist.pairs.iter();
        pairs.any(|pair| pair.heard.is_some() && pair.joins(destination, source))
            || self.early.came_from(source, destination)
    }

    /// Has checks and answers carry these attributes, until told otherwise
    /// (draft-hancke-webrtc-sped). `kinds` are those that [`Output::Carried`] hands up; with none,
    /// it says nothing.
    pub fn carry(&mut self, attributes: Vec<CarriedAttribute>, kinds: &[u16]) {
        self.carried = attributes;
        self.carried_kinds = kinds.to_vec();
    }

    fn signalled(&self, candidate: &IceCandidate) -> IceCandidate {
        let local = self.expected.as_ref().unwrap_or(&self.current.local);
        IceCandidate { ufrag: Some(local.ufrag().to_owned()), ..candidate.clone() }
    }

    pub(super) fn role(&self) -> Role {
        Role { generation: self.current.number, controlling: self.current.controlling }
    }

    pub(super) fn generation(&self, number: u32) -> Option<&Generation> {
        let previous = self.previous.as_ref();
        Some(&self.current)
            .into_iter()
            .chain(previous)
            .find(|generation| generation.number == number)
    }

    pub(super) fn selected_pair(&self) -> Option<&Pair> {
        self.checklist.get(self.selected?)
    }

    pub(super) fn path(&self, pair: &Pair) -> Path {
        let local = self.candidates.local(pair.mapped.unwrap_or(pair.local));
        let remote = self.candidates.remote(pair.remote);
        Path {
            pair: pair.id,
            protocol: pair.protocol,
            source: pair.source,
            destination: pair.destination,
            local_kind: local.map_or(crate::CandidateKind::PeerReflexive, |local| local.kind()),
            remote_kind: remote
                .map_or(crate::CandidateKind::PeerReflexive, |remote| remote.candidate.kind),
        }
    }

    pub(super) fn draw_transaction(&mut self) -> TransactionId {
        let mut bytes = [0; 16];
        self.draws.with(|rng| rng.fill_bytes(&mut bytes));
        u128::from_be_bytes(bytes).into()
    }

    pub(super) fn output(&mut self, output: Output) {
        if self.outputs.len() >= OUTPUTS_MAX {
            let oldest =
                self.outputs.iter().position(|output| matches!(output, Output::Transmit(_)));
            self.outputs.remove(oldest.unwrap_or(0));
        }
        self.outputs.push_back(output);
    }

    pub(super) fn transmit(&mut self, arrival: Arrival, contents: Vec<u8>) {
        self.output(Output::Transmit(Transmit {
            protocol: arrival.protocol,
            source: arrival.destination,
            destination: arrival.source,
            ecn: None,
            contents,
        }));
    }

    /// After every verb: does what time and knowledge ask for.
    pub(super) fn advance(&mut self, now: Instant) {
        if !self.is_over() {
            self.run_checks(now);
            self.run_consent(now);
            self.select(now);
            self.send_next_check(now);
        }
        self.update_state(now);
        self.wake_at = self.next_wake(now);
    }

    pub(super) fn wake_no_later_than(&mut self, at: Instant) {
        self.wake_at = Some(self.wake_at.map_or(at, |wake| wake.min(at)));
    }

    /// Nothing is sent any more until ICE restarts.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Failed)
    }

    fn next_wake(&self, now: Instant) -> Option<Instant> {
        if matches!(self.phase, Phase::Waiting | Phase::Failed) {
            return None;
        }
        let times = [
            self.checks.next_due(),
            self.next_paced_check(),
            self.next_consent(),
            self.next_selection(now),
            self.next_state_change(now),
        ];
        times.into_iter().flatten().min()
    }

    /// The other way of an arrival: where a check of this pair comes from.
    pub(super) fn way(pair: &Pair) -> Arrival {
        Arrival {
            source: pair.destination,
            destination: pair.source,
            protocol: pair.protocol,
            bytes: 0,
        }
    }

    /// A pair does not work.
    pub(super) fn fail_pair(&mut self, id: PairId, now: Instant) {
        let Some(pair) = self.checklist.get_mut(id) else { return };
        pair.state = PairState::Failed;
        pair.failed_at = Some(now);
        pair.nomination = super::pair::Nomination::None;
        self.checks.cancel(id, now);
    }
}

/// What waits for what checks are to carry.
#[derive(Debug)]
pub(super) enum Step {
    /// A check is answered.
    Answer { arrival: Arrival, transaction: TransactionId, key: IntegrityKey },
    /// What follows from a message happens.
    Advance(Instant),
}

/// How a message came: from `source`, the peer's, to `destination`, ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) protocol: Protocol,
    pub(super) bytes: usize,
}

impl Arrival {
    pub(super) fn require_known(
        self,
        candidates: &Candidates,
    ) -> Result<super::candidates::LocalId, DropReason> {
        let local = candidates.based_at(self.destination, self.protocol);
        local.map(|local| local.id).ok_or(DropReason::UnknownDestination)
    }
}
