//! Counters and measures of a session, as it knows them: what statistics are made of.

use std::time::{Duration, Instant};

use super::output::SessionChannel;
use crate::bitrate::Bitrate;
use crate::candidate::IceCandidate;
use crate::datagram::Ecn;
use crate::event::SelectedPair;
use crate::feedback::{Arrival, PacketResult};
use crate::ice::{PairCounters, PairState};
use crate::ids::{Mid, PayloadType, Rid, Ssrc};
use crate::rtcp::{RemoteInbound, RemoteOutbound};
use crate::sdp::Fingerprint;

/// Counters and measures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) transport: TransportFigures,
    /// The best first.
    pub(crate) pairs: Vec<PairFigures>,
    pub(crate) remote_candidates: Vec<IceCandidate>,
    pub(crate) local_certificate: Option<CertificateFigures>,
    /// Once the peer showed it.
    pub(crate) remote_certificate: Option<CertificateFigures>,
    pub(crate) inbound: Vec<InboundFigures>,
    pub(crate) outbound: Vec<OutboundFigures>,
    /// Streams of channels, as far as they can be told without asking.
    pub(crate) channels: Vec<(SessionChannel, u16)>,
}

/// Figures of the transport as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TransportFigures {
    pub(crate) round_trip: Option<Duration>,
    pub(crate) total_round_trip: Duration,
    pub(crate) responses_received: u64,
    pub(crate) available_outgoing: Option<Bitrate>,
    /// Whose choice the pair is.
    pub(crate) controlling: Option<bool>,
    /// Who begins the handshake.
    pub(crate) dtls_client: Option<bool>,
    /// Messages of RFC 8888, sent and received, where both sides have it.
    pub(crate) ccfb_messages: Option<(u64, u64)>,
}

/// Packets, and bytes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Volume {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

impl Volume {
    pub(crate) fn add(&mut self, bytes: usize) {
        self.packets += 1;
        self.bytes += bytes as u64;
    }
}

/// A candidate pair.
#[derive(Clone, Debug)]
pub(crate) struct PairFigures {
    /// No other pair of the session has it.
    pub(crate) number: u32,
    pub(crate) local: IceCandidate,
    pub(crate) remote: IceCandidate,
    pub(crate) ends: SelectedPair,
    pub(crate) state: PairState,
    pub(crate) nominated: bool,
    /// It carries the traffic.
    pub(crate) selected: bool,
    pub(crate) counters: PairCounters,
    /// What is not STUN, where it is counted by pair.
    pub(crate) sent: Option<Volume>,
    pub(crate) received: Option<Volume>,
}

/// A certificate.
#[derive(Clone, Debug)]
pub(crate) struct CertificateFigures {
    pub(crate) fingerprint: Fingerprint,
    /// In DER, where it is known.
    pub(crate) der: Option<Vec<u8>>,
}

/// A stream that arrives.
#[derive(Clone, Debug)]
pub(crate) struct InboundFigures {
    pub(crate) mid: Mid,
    pub(crate) rid: Option<Rid>,
    pub(crate) ssrc: Option<Ssrc>,
    /// Where its retransmissions come from.
    pub(crate) rtx: Option<Ssrc>,
    pub(crate) payload_type: Option<PayloadType>,
    /// Of the RTP clock; `None` for that of its frames.
    pub(crate) clock_rate: Option<u32>,
    /// Retransmissions among them.
    pub(crate) packets: u64,
    /// Of payload.
    pub(crate) bytes: u64,
    pub(crate) header_bytes: Option<u64>,
    pub(crate) lost: Option<i64>,
    pub(crate) jitter_ticks: Option<u32>,
    pub(crate) last_packet_at: Option<Instant>,
    /// Packets that came twice, too late, or with frames that were never whole.
    pub(crate) discarded: Option<u64>,
    pub(crate) retransmitted: Option<Volume>,
    /// Packets that were marked on their way: ECT(1), CE.
    pub(crate) marked: Option<(u64, u64)>,
    /// Packets that the peer was told not to have arrived, and those of them that did later.
    pub(crate) reported_lost: Option<(u64, u64)>,
    /// Where forward error correction was agreed on.
    pub(crate) fec: Option<FecFigures>,
    pub(crate) assembly: Option<AssemblyFigures>,
    pub(crate) firs: u64,
    pub(crate) plis: u64,
    pub(crate) nacks: u64,
    pub(crate) loss: Option<f32>,
    /// What the peer tells of it.
    pub(crate) remote: Option<RemoteOutbound>,
}

impl InboundFigures {
    /// Of a stream of which nothing is known.
    pub(crate) fn new(mid: Mid, rid: Option<Rid>) -> Self {
        InboundFigures {
            mid,
            rid,
            ssrc: None,
            rtx: None,
            payload_type: None,
            clock_rate: None,
            packets: 0,
            bytes: 0,
            header_bytes: None,
            lost: None,
            jitter_ticks: None,
            last_packet_at: None,
            discarded: None,
            retransmitted: None,
            marked: None,
            reported_lost: None,
            fec: None,
            assembly: None,
            firs: 0,
            plis: 0,
            nacks: 0,
            loss: None,
            remote: None,
        }
    }
}

/// What forward error correction came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FecFigures {
    /// Where parity comes from, if it has a stream of its own.
    pub(crate) ssrc: Option<Ssrc>,
    /// Parity that came.
    pub(crate) received: Volume,
    /// Packets of it that were of no use.
    pub(crate) discarded: u64,
    /// Packets of media that were made of it.
    pub(crate) recovered: u64,
}

/// What the peer told of packets of a stream, one by one (RFC 8888).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ToldFigures {
    /// Those that arrived marked ECT(1).
    pub(crate) ect1: u64,
    /// Those that arrived marked CE.
    pub(crate) ce: u64,
    /// Those that had not arrived.
    pub(crate) lost: u64,
    /// Those among them that arrived later.
    pub(crate) recovered: u64,
    /// Those that were marked here and arrived without a mark.
    pub(crate) bleached: u64,
}

impl ToldFigures {
    /// A packet's fate became known.
    pub(crate) fn on_result(&mut self, result: &PacketResult) {
        match result.arrival {
            Arrival::Lost => self.lost += 1,
            Arrival::Received { ecn, after_loss, .. } => {
                self.recovered += u64::from(after_loss);
                self.ect1 += u64::from(ecn == Some(Ecn::Ect1));
                self.ce += u64::from(ecn == Some(Ecn::Ce));
                self.bleached += u64::from(result.sent.ecn.is_some() && ecn.is_none());
            }
        }
    }
}

/// How pictures were put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AssemblyFigures {
    /// Frames of which a packet came, but not all.
    pub(crate) dropped: u64,
    /// Frames of more packets than one.
    pub(crate) of_several: u64,
    /// From the first packet of those to their last, together.
    pub(crate) time: Duration,
}

/// A stream that is sent.
#[derive(Clone, Debug)]
pub(crate) struct OutboundFigures {
    pub(crate) mid: Mid,
    pub(crate) rid: Option<Rid>,
    pub(crate) ssrc: Option<Ssrc>,
    pub(crate) rtx: Option<Ssrc>,
    pub(crate) payload_type: Option<PayloadType>,
    pub(crate) clock_rate: Option<u32>,
    /// Retransmissions among them.
    pub(crate) packets: u64,
    /// Of payload.
    pub(crate) bytes: u64,
    pub(crate) header_bytes: Option<u64>,
    pub(crate) retransmitted: Option<Volume>,
    /// Packets that left marked ECT(1).
    pub(crate) ect1: Option<u64>,
    /// What the peer tells of each packet, where it does.
    pub(crate) told: Option<ToldFigures>,
    /// Time that packets waited for their turn, together.
    pub(crate) send_delay: Option<Duration>,
    pub(crate) firs: u64,
    pub(crate) plis: u64,
    pub(crate) nacks: u64,
    /// What the peer tells of it.
    pub(crate) remote: Option<RemoteInbound>,
}

impl OutboundFigures {
    /// Of a stream of which nothing is known.
    pub(crate) fn new(mid: Mid, rid: Option<Rid>) -> Self {
        OutboundFigures {
            mid,
            rid,
            ssrc: None,
            rtx: None,
            payload_type: None,
            clock_rate: None,
            packets: 0,
            bytes: 0,
            header_bytes: None,
            retransmitted: None,
            ect1: None,
            told: None,
            send_delay: None,
            firs: 0,
            plis: 0,
            nacks: 0,
            remote: None,
        }
    }
}
