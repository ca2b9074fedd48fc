//! The pair in use as statistics show it: the library tells of no other.

use crate::candidate::{CandidateAddress, CandidateKind, IceCandidate};
use crate::event::SelectedPair;
use crate::ice::{PairCounters, PairState};
use crate::session::figures::{PairFigures, TransportFigures};
use crate::session::seam::Pair;

/// The pair that carries the traffic, of a session that shows no others.
pub(super) fn selected(pair: Pair, figures: &TransportFigures) -> PairFigures {
    let candidate = |kind: CandidateKind, address| IceCandidate {
        foundation: String::new(),
        component: 1,
        protocol: pair.protocol,
        priority: 0,
        address: CandidateAddress::Address(address),
        kind,
        related: None,
        tcp_type: None,
        ufrag: None,
    };
    let counters = PairCounters {
        responses_received: figures.responses_received,
        current_round_trip_time: figures.round_trip,
        total_round_trip_time: figures.total_round_trip,
        ..PairCounters::default()
    };
    PairFigures {
        number: 0,
        local: candidate(pair.local_kind, pair.local),
        remote: candidate(pair.remote_kind, pair.remote),
        ends: SelectedPair {
            protocol: pair.protocol,
            local: pair.local,
            local_kind: pair.local_kind,
            remote: pair.remote,
        },
        state: PairState::Succeeded,
        nominated: true,
        selected: true,
        counters,
        sent: None,
        received: None,
    }
}
