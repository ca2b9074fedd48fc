//! Entries that are made of a session's figures alone.

use std::time::Instant;

use super::id::{Side, StatsId};
use super::report::{DataChannelStats, PeerConnectionStats};
use super::transport::{CandidatePairStats, CertificateStats, IceCandidateStats};
use crate::candidate::{CandidateAddress, IceCandidate};
use crate::channel::ChannelFigures;
use crate::session::{CertificateFigures, Figures, PairFigures};
use crate::state::DataChannelState;

/// Seconds from the start to a moment.
pub(super) fn seconds(at: Instant, started: Instant) -> f64 {
    at.saturating_duration_since(started).as_secs_f64()
}

pub(crate) fn transport_id() -> StatsId {
    StatsId::transport()
}

/// Of all pairs, in their order.
pub(crate) fn pairs(figures: &Figures, started: Instant) -> Vec<CandidatePairStats> {
    figures.pairs.iter().map(|it| pair(it, figures, started)).collect()
}

fn pair(pair: &PairFigures, figures: &Figures, started: Instant) -> CandidatePairStats {
    let counters = &pair.counters;
    let available = figures.transport.available_outgoing;
    CandidatePairStats {
        id: StatsId::pair(pair.number),
        transport_id: StatsId::transport(),
        local_candidate_id: StatsId::candidate(Side::Local, &pair.local),
        remote_candidate_id: StatsId::candidate(Side::Remote, &pair.remote),
        pair: pair.ends,
        state: pair.state,
        nominated: pair.nominated,
        selected: pair.selected,
        packets_sent: pair.sent.map(|volume| volume.packets),
        bytes_sent: pair.sent.map(|volume| volume.bytes),
        packets_received: pair.received.map(|volume| volume.packets),
        bytes_received: pair.received.map(|volume| volume.bytes),
        last_packet_sent_timestamp: counters.last_packet_sent.map(|at| seconds(at, started)),
        last_packet_received_timestamp: counters
            .last_packet_received
            .map(|at| seconds(at, started)),
        current_round_trip_time: counters.current_round_trip_time.map(|it| it.as_secs_f64()),
        total_round_trip_time: counters.total_round_trip_time.as_secs_f64(),
        available_outgoing_bitrate: available.filter(|_| pair.selected),
        requests_received: counters.requests_received,
        requests_sent: counters.requests_sent,
        responses_received: counters.responses_received,
        responses_sent: counters.responses_sent,
        consent_requests_sent: counters.consent_requests_sent,
    }
}

/// Our candidates: those that are signalled, and those that checks found.
pub(crate) fn local_candidates(
    signalled: Vec<IceCandidate>,
    figures: &Figures,
) -> Vec<IceCandidateStats> {
    let found = figures.pairs.iter().map(|pair| &pair.local);
    candidates(Side::Local, signalled.iter().chain(found))
}

/// The peer's, likewise.
pub(crate) fn remote_candidates(figures: &Figures) -> Vec<IceCandidateStats> {
    let found = figures.pairs.iter().map(|pair| &pair.remote);
    candidates(Side::Remote, figures.remote_candidates.iter().chain(found))
}

/// Each once, as it is named first.
fn candidates<'a>(
    side: Side,
    all: impl Iterator<Item = &'a IceCandidate>,
) -> Vec<IceCandidateStats> {
    let mut listed: Vec<IceCandidateStats> = Vec::new();
    for candidate in all {
        let id = StatsId::candidate(side, candidate);
        if listed.iter().all(|known| known.id != id) {
            listed.push(of_candidate(id, candidate));
        }
    }
    listed
}

fn of_candidate(id: StatsId, candidate: &IceCandidate) -> IceCandidateStats {
    let (address, port) = match &candidate.address {
        CandidateAddress::Address(address) => (address.ip().to_string(), address.port()),
        CandidateAddress::Name(name, port) => (name.clone(), *port),
    };
    IceCandidateStats {
        id,
        transport_id: StatsId::transport(),
        address,
        port,
        protocol: candidate.protocol,
        candidate_type: candidate.kind,
        priority: candidate.priority,
        foundation: Some(candidate.foundation.clone()).filter(|text| !text.is_empty()),
        related_address: candidate.related.map(|related| related.ip().to_string()),
        related_port: candidate.related.map(|related| related.port()),
        username_fragment: candidate.ufrag.clone(),
        tcp_type: candidate.tcp_type.clone(),
    }
}

/// Ours, and the peer's where it is known.
pub(crate) fn certificates(figures: &Figures) -> Vec<CertificateStats> {
    let sides =
        [(Side::Local, &figures.local_certificate), (Side::Remote, &figures.remote_certificate)];
    let known = sides.into_iter().filter_map(|(side, it)| Some((side, it.as_ref()?)));
    known.map(|(side, it)| of_certificate(side, it)).collect()
}

fn of_certificate(side: Side, figures: &CertificateFigures) -> CertificateStats {
    let pairs: Vec<String> =
        figures.fingerprint.value.iter().map(|byte| format!("{byte:02X}")).collect();
    CertificateStats {
        id: StatsId::certificate(side),
        fingerprint: pairs.join(":"),
        fingerprint_algorithm: figures.fingerprint.function.to_string(),
        base64_certificate: figures.der.as_deref().map(openssl::base64::encode_block),
    }
}

/// Of all channels that are not closed.
pub(crate) fn channels(all: &[ChannelFigures], figures: &Figures) -> Vec<DataChannelStats> {
    let stream = |channel: &ChannelFigures| {
        let known = figures.channels.iter().find(|(session, _)| Some(*session) == channel.session);
        known.map(|(_, stream)| *stream).or(channel.negotiated)
    };
    let of = |channel: &ChannelFigures| DataChannelStats {
        id: StatsId::channel(channel.id),
        label: channel.label.clone(),
        protocol: channel.protocol.clone(),
        data_channel_identifier: stream(channel),
        state: channel.state,
        messages_sent: channel.counts.messages_sent,
        bytes_sent: channel.counts.bytes_sent,
        messages_received: channel.counts.messages_received,
        bytes_received: channel.counts.bytes_received,
    };
    all.iter().map(of).collect()
}

/// Of a connection of whose channels so many opened.
pub(crate) fn peer_connection(opened: u64, all: &[ChannelFigures]) -> PeerConnectionStats {
    let open = all.iter().filter(|channel| channel.state == DataChannelState::Open).count();
    PeerConnectionStats {
        id: StatsId::peer_connection(),
        data_channels_opened: opened,
        data_channels_closed: opened.saturating_sub(open as u64),
    }
}
