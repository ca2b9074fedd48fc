//! Counters and measures, as of now.

use std::time::Duration;

use super::session::OwnSession;
use super::stream_in::{Assembly, StreamIn};
use super::stream_out::StreamOut;
use crate::event::SelectedPair;
use crate::ice::PairReport;
use crate::ids::Ssrc;
use crate::sdp::{Fingerprint, HashFunction};
use crate::session::figures::{
    AssemblyFigures, CertificateFigures, Figures, InboundFigures, OutboundFigures, PairFigures,
    ToldFigures, TransportFigures, Volume,
};
use crate::session::output::SessionChannel;

impl OwnSession {
    /// The round trip of checks, or of reports before there was one.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        let pair = self.checks.agent.selected().and_then(|path| self.checks.agent.pair(path.pair));
        pair.and_then(|pair| pair.counters.current_round_trip_time)
            .or(self.control.round_trip.current)
    }

    pub(super) fn count(&self) -> Figures {
        let pair = self.checks.agent.selected().and_then(|path| self.checks.agent.pair(path.pair));
        let counters = pair.map(|pair| pair.counters);
        let sent = self.streams_out.streams.iter().chain(&self.streams_out.resting);
        let sent = sent.filter(|stream| stream.packets > 0);
        Figures {
            transport: TransportFigures {
                round_trip: self.round_trip(),
                total_round_trip: counters.map(|it| it.total_round_trip_time).unwrap_or_default(),
                responses_received: counters.map_or(0, |it| it.responses_received),
                available_outgoing: self.paced.as_ref().map(|paced| paced.rate),
                controlling: self
                    .checks
                    .agent
                    .remote_credentials()
                    .map(|_| self.checks.agent.is_controlling()),
                dtls_client: self.handshake.client,
                ccfb_messages: self.feedback.tells_all().then_some(self.feedback.ccfb_messages),
            },
            pairs: self.checks.agent.pairs().into_iter().map(|it| self.count_pair(it)).collect(),
            remote_candidates: self.checks.agent.remote_candidates(),
            local_certificate: Some(CertificateFigures {
                fingerprint: self.fingerprint.clone(),
                der: Some(self.handshake.certificate.as_der().to_vec()),
            }),
            remote_certificate: self.handshake.peer_certificate.as_deref().map(certificate),
            inbound: self.count_inbound(),
            outbound: sent.map(|stream| self.count_outbound(stream)).collect(),
            channels: self.channel_streams(),
        }
    }

    fn count_inbound(&self) -> Vec<InboundFigures> {
        let streams = self.streams_in.streams.iter();
        let of = |(ssrc, stream): (&Ssrc, &StreamIn)| {
            let losses = self.feedback.losses(*ssrc);
            let reported_lost = losses.map(|it| (it.lost, it.recovered));
            InboundFigures { reported_lost, ..stream.figures(*ssrc) }
        };
        streams.map(of).collect()
    }

    fn count_outbound(&self, stream: &StreamOut) -> OutboundFigures {
        let told = self.feedback.tells_all().then_some(stream.counts.told);
        let figures = stream.figures();
        // What the peer tells of packets may come before its first report.
        let remote = told.is_some_and(|told| told != ToldFigures::default());
        let remote = figures.remote.or(remote.then_some(stream.remote));
        OutboundFigures { told, remote, ..figures }
    }

    fn count_pair(&self, report: PairReport) -> PairFigures {
        let counters = report.counters;
        let volume = |packets, bytes| Some(Volume { packets, bytes });
        PairFigures {
            number: report.id.number(),
            ends: SelectedPair {
                protocol: report.protocol,
                local: report.source,
                local_kind: report.local.kind,
                remote: report.destination,
            },
            local: report.local,
            remote: report.remote,
            state: report.state,
            nominated: report.nominated,
            selected: report.selected,
            counters,
            sent: volume(counters.packets_sent, counters.bytes_sent),
            received: volume(counters.packets_received, counters.bytes_received),
        }
    }

    fn channel_streams(&self) -> Vec<(SessionChannel, u16)> {
        let Some(association) = &self.channels.association else { return Vec::new() };
        let streams = self.channels.names.iter().filter_map(|(number, name)| {
            Some((SessionChannel(*name), association.stream_of(*number)?))
        });
        streams.collect()
    }
}

fn certificate(der: &[u8]) -> CertificateFigures {
    let value = openssl::sha::sha256(der).to_vec();
    CertificateFigures {
        fingerprint: Fingerprint { function: HashFunction::Sha256, value },
        der: Some(der.to_vec()),
    }
}

impl StreamIn {
    fn figures(&self, ssrc: Ssrc) -> InboundFigures {
        let (counts, more) = (self.reception.counts(), &self.counts);
        let assembled = match &self.assembly {
            Assembly::Video(video) => Some(video.counts()),
            _ => None,
        };
        InboundFigures {
            ssrc: Some(ssrc),
            rtx: more.rtx,
            payload_type: more.payload_type,
            clock_rate: Some(self.clock_rate),
            packets: counts.packets + more.retransmitted.packets,
            bytes: counts.payload_bytes + more.retransmitted.bytes,
            header_bytes: Some(counts.header_bytes),
            lost: Some(self.reception.lost()),
            jitter_ticks: Some(self.reception.jitter_ticks()),
            last_packet_at: counts.last_received_at,
            discarded: assembled.map(|it| it.duplicates + it.late + it.dropped_packets),
            retransmitted: Some(more.retransmitted),
            marked: Some((more.ect1, more.ce)),
            fec: self.fec.as_ref().map(|fec| fec.figures()),
            assembly: assembled.map(|it| AssemblyFigures {
                dropped: it.incomplete_frames + it.malformed,
                ..more.assembly
            }),
            firs: self.keyframes.firs,
            plis: self.keyframes.plis,
            nacks: self.nack.as_ref().map_or(0, |nack| nack.counters().requests),
            loss: None,
            remote: (self.remote.reports_sent > 0).then_some(self.remote),
            ..InboundFigures::new(self.mid, self.rid)
        }
    }
}

impl StreamOut {
    fn figures(&self) -> OutboundFigures {
        let more = &self.counts;
        OutboundFigures {
            ssrc: Some(self.ssrc),
            rtx: self.rtx,
            payload_type: more.payload_type,
            clock_rate: self.last.map(|(_, _, rate)| rate),
            packets: self.packets + more.retransmitted.packets,
            bytes: self.octets + more.retransmitted.bytes,
            header_bytes: Some(more.header_bytes),
            retransmitted: Some(more.retransmitted),
            send_delay: Some(more.send_delay),
            ect1: Some(more.ect1),
            firs: self.demand.firs,
            plis: self.demand.plis,
            nacks: self.nacks,
            remote: (self.remote.reports > 0).then_some(self.remote),
            ..OutboundFigures::new(self.mid, self.rid)
        }
    }
}
