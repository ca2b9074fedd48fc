//! Candidate pairs (RFC 8445 section 6.1.2).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::candidates::{LocalId, RemoteId};
use crate::datagram::Protocol;

/// How long the peer's consent lasts after its last answer (RFC 7675 section 5.1).
pub(super) const CONSENT_EXPIRES: Duration = Duration::from_secs(30);

/// Names a pair. No name is used twice by an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PairId(pub(super) u32);

impl PairId {
    /// Its number, by the order in which pairs were made.
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// What is known of a pair (`RTCStatsIceCandidatePairState`). None is ever frozen: that orders the
/// checks of several components, and there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairState {
    /// It is to be checked.
    Waiting,
    /// A check is under way.
    InProgress,
    /// A check was answered.
    Succeeded,
    /// Checks were not answered, or with an error.
    Failed,
}

impl PairState {
    /// The W3C name.
    pub const fn name(self) -> &'static str {
        match self {
            PairState::Waiting => "waiting",
            PairState::InProgress => "in-progress",
            PairState::Succeeded => "succeeded",
            PairState::Failed => "failed",
        }
    }
}

/// Counters of a pair by their W3C names (`RTCIceCandidatePairStats`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairCounters {
    /// Packets sent that are no checks.
    pub packets_sent: u64,
    /// Their bytes, headers of UDP and IP left out.
    pub bytes_sent: u64,
    /// Packets received that are no checks.
    pub packets_received: u64,
    /// Their bytes.
    pub bytes_received: u64,
    /// Packets that were not sent, as the peer's consent was over.
    pub packets_discarded_on_send: u64,
    /// Their bytes.
    pub bytes_discarded_on_send: u64,
    /// Checks sent, repetitions and consent left out.
    pub requests_sent: u64,
    /// Checks received, repetitions among them.
    pub requests_received: u64,
    /// Answers sent.
    pub responses_sent: u64,
    /// Answers received, to consent checks too.
    pub responses_received: u64,
    /// Consent checks sent.
    pub consent_requests_sent: u64,
    /// From the last answer that can tell.
    pub current_round_trip_time: Option<Duration>,
    /// All that were measured.
    pub total_round_trip_time: Duration,
    /// How many were.
    pub round_trip_time_measurements: u64,
    /// When the last of the packets went out.
    pub last_packet_sent: Option<Instant>,
    /// When the last of the packets came.
    pub last_packet_received: Option<Instant>,
    /// When the first check was sent.
    pub first_request_sent: Option<Instant>,
    /// When the last check was sent.
    pub last_request_sent: Option<Instant>,
    /// When the last check was received.
    pub last_request_received: Option<Instant>,
    /// When the last answer was received.
    pub last_response_received: Option<Instant>,
}

/// The peer's wish to use a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PeerNomination {
    /// Larger wins; zero where the peer does not count.
    pub(super) value: u32,
    /// When it was last said.
    pub(super) at: Instant,
}

/// How far our own nomination of a pair got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nomination {
    None,
    /// A check with USE-CANDIDATE is queued or under way.
    Asked,
    /// It was answered.
    Agreed,
}

/// What was asked on a pair, and not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Silence {
    /// When the first of the checks was sent that no answer followed.
    pub(super) since: Instant,
    /// How many.
    pub(super) checks: u32,
    /// When the last one's answer is overdue.
    pub(super) overdue_at: Instant,
}

#[derive(Debug)]
pub(super) struct Pair {
    pub(super) id: PairId,
    pub(super) generation: u32,
    /// The candidate that checks are sent from: it is its own base.
    pub(super) local: LocalId,
    pub(super) remote: RemoteId,
    pub(super) protocol: Protocol,
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) priority: u64,
    /// Of both networks.
    pub(super) cost: u32,
    pub(super) state: PairState,
    /// The candidate that the peer sees.
    pub(super) mapped: Option<LocalId>,
    pub(super) nomination: Nomination,
    pub(super) peer_nomination: Option<PeerNomination>,
    /// The last authentic thing that came on it.
    pub(super) heard: Option<Instant>,
    /// The last answer.
    pub(super) answered: Option<Instant>,
    /// What the round trip is at most, while no answer could tell it: the time since the check was
    /// first sent.
    pub(super) round_trip_at_most: Option<Duration>,
    pub(super) silence: Option<Silence>,
    /// It may be preferred to what works from then on: later than its last trouble.
    pub(super) stable_at: Instant,
    /// When the next check is due that keeps it alive.
    pub(super) refresh_at: Instant,
    /// When it failed, so that it is not tried again at once.
    pub(super) failed_at: Option<Instant>,
    pub(super) counters: PairCounters,
}

impl Pair {
    pub(super) fn is_valid(&self) -> bool {
        self.state == PairState::Succeeded
    }

    /// Whether it is on the way between the two addresses.
    pub(super) fn joins(&self, source: SocketAddr, destination: SocketAddr) -> bool {
        self.source == source && self.destination == destination
    }

    /// Both sides agreed to use it.
    pub(super) fn is_nominated(&self) -> bool {
        self.is_valid() && (self.nomination == Nomination::Agreed || self.peer_nomination.is_some())
    }

    /// As far as it is known.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.counters.current_round_trip_time.or(self.round_trip_at_most)
    }

    /// An answer came to a check that was first sent at `first_sent`; `round_trip` where it can
    /// tell.
    pub(super) fn note_answer(
        &mut self,
        round_trip: Option<Duration>,
        first_sent: Instant,
        now: Instant,
    ) {
        self.round_trip_at_most = Some(now.saturating_duration_since(first_sent));
        let counters = &mut self.counters;
        counters.responses_received += 1;
        counters.last_response_received = Some(now);
        if let Some(round_trip) = round_trip {
            counters.current_round_trip_time = Some(round_trip);
            counters.total_round_trip_time += round_trip;
            counters.round_trip_time_measurements += 1;
        }
        self.answered = Some(now);
        self.heard = Some(now);
        self.silence = None;
        self.failed_at = None;
    }

    pub(super) fn note_request_sent(&mut self, now: Instant) {
        self.counters.requests_sent += 1;
        self.counters.first_request_sent.get_or_insert(now);
        self.counters.last_request_sent = Some(now);
    }
}
