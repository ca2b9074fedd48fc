//! What was counted of streams, joined with the session's figures of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::collect::{Counted, StatsCollector, StreamKey};
use super::id::{Role, StatsId, StreamName};
use super::known::seconds;
use super::streams::{
    CodecStats, InboundRtpStats, OutboundRtpStats, RemoteInboundRtpStats, RemoteOutboundRtpStats,
};
use crate::codec::MediaKind;
use crate::ids::{Mid, PayloadType};
use crate::jsep::SentEncoding;
use crate::session::agreed::{AgreedMedia, RtpCodec};
use crate::session::{InboundFigures, OutboundFigures};

/// What descriptions say of the streams.
pub(crate) struct StreamContext<'a> {
    /// When the connection began.
    pub(crate) started: Instant,
    /// The kind of an m-line; streams of others are left out.
    pub(crate) kind_of: &'a dyn Fn(Mid) -> Option<MediaKind>,
    pub(crate) agreed: &'a [Arc<AgreedMedia>],
    /// What is to be sent of an m-line.
    pub(crate) encodings_of: &'a dyn Fn(Mid) -> Vec<SentEncoding>,
}

impl StreamContext<'_> {
    fn codec(&self, role: Role, mid: Mid, number: PayloadType) -> Option<&RtpCodec> {
        let media = self.agreed.iter().find(|media| media.mid == mid)?;
        let parameters = if role == Role::Inbound { &media.receive } else { &media.send };
        parameters.codecs.iter().find(|codec| codec.payload_type == number)
    }

    fn codec_id(&self, role: Role, mid: Mid, number: Option<PayloadType>) -> Option<StatsId> {
        let number = number.filter(|number| self.codec(role, mid, *number).is_some())?;
        Some(StatsId::codec(role, mid, number))
    }

    /// The codecs of the streams' last packets.
    pub(crate) fn codecs(
        &self,
        inbound: &[InboundFigures],
        outbound: &[OutboundFigures],
    ) -> Vec<CodecStats> {
        let received = inbound.iter().map(|it| (Role::Inbound, it.mid, it.payload_type));
        let sent = outbound.iter().map(|it| (Role::Outbound, it.mid, it.payload_type));
        let mut listed: Vec<CodecStats> = Vec::new();
        for (role, mid, number) in received.chain(sent) {
            let Some(number) = number else { continue };
            let Some((kind, codec)) = (self.kind_of)(mid).zip(self.codec(role, mid, number)) else {
                continue;
            };
            let id = StatsId::codec(role, mid, number);
            if listed.iter().all(|known| known.id != id) {
                listed.push(of_codec(id, kind, codec));
            }
        }
        listed
    }
}

fn of_codec(id: StatsId, kind: MediaKind, codec: &RtpCodec) -> CodecStats {
    CodecStats {
        id,
        transport_id: StatsId::transport(),
        payload_type: codec.payload_type,
        mime_type: format!("{kind}/{}", codec.name),
        clock_rate: codec.clock_rate,
        channels: codec.channels,
        sdp_fmtp_line: Some(codec.parameters.to_string()).filter(|text| !text.is_empty()),
    }
}

impl StatsCollector {
    pub(crate) fn inbound(
        &self,
        figures: &[InboundFigures],
        context: &StreamContext<'_>,
    ) -> Vec<InboundRtpStats> {
        let newest = |of: &InboundFigures| {
            let same = figures.iter().filter(|it| (it.mid, it.rid) == (of.mid, of.rid));
            same.map(|it| it.last_packet_at).max() == Some(of.last_packet_at)
        };
        let known = figures.iter().map(|it| {
            // Frames are counted by m-line and layer: they are those of the source in use.
            let counted = self.inbound.get(&(it.mid, it.rid)).filter(|_| newest(it));
            (it.clone(), counted.copied().unwrap_or_default())
        });
        let others = unknown(&self.inbound, figures, |it| (it.mid, it.rid));
        let others = others.map(|((mid, rid), it)| (InboundFigures::new(mid, rid), it));
        known.chain(others).filter_map(|(it, counted)| of_inbound(&it, counted, context)).collect()
    }

    /// As [`Self::inbound`], for what is sent.
    pub(crate) fn outbound(
        &self,
        figures: &[OutboundFigures],
        context: &StreamContext<'_>,
    ) -> Vec<OutboundRtpStats> {
        let known = figures.iter().map(|it| {
            let counted = self.outbound.get(&(it.mid, it.rid));
            (it.clone(), counted.copied().unwrap_or_default())
        });
        let others = unknown(&self.outbound, figures, |it| (it.mid, it.rid));
        let others = others.map(|((mid, rid), it)| (OutboundFigures::new(mid, rid), it));
        known.chain(others).filter_map(|(it, counted)| of_outbound(&it, counted, context)).collect()
    }
}

/// What was counted of streams that the session has no figures of.
fn unknown<'a, T>(
    counted: &'a BTreeMap<StreamKey, Counted>,
    figures: &'a [T],
    key: impl Fn(&T) -> StreamKey + 'a,
) -> impl Iterator<Item = (StreamKey, Counted)> + 'a {
    let is_unknown =
        move |(of, _): &(&StreamKey, &Counted)| figures.iter().all(|it| key(it) != **of);
    counted.iter().filter(is_unknown).map(|(key, counted)| (*key, *counted))
}

fn of_inbound(
    figures: &InboundFigures,
    counted: Counted,
    context: &StreamContext<'_>,
) -> Option<InboundRtpStats> {
    let InboundFigures { mid, rid, ssrc, .. } = *figures;
    let name = (mid, rid, ssrc);
    let rate = figures.clock_rate.unwrap_or(counted.clock_rate).max(1);
    let volume = figures.retransmitted;
    Some(InboundRtpStats {
        id: StatsId::stream(Role::Inbound, name),
        transport_id: StatsId::transport(),
        codec_id: context.codec_id(Role::Inbound, mid, figures.payload_type),
        remote_id: figures.remote.map(|_| StatsId::stream(Role::RemoteOutbound, name)),
        ssrc,
        rtx_ssrc: figures.rtx,
        mid,
        rid,
        kind: (context.kind_of)(mid)?,
        packets_received: figures.packets,
        packets_received_with_ect1: figures.marked.map(|(ect1, _)| ect1),
        packets_received_with_ce: figures.marked.map(|(_, ce)| ce),
        packets_reported_as_lost: figures.reported_lost.map(|(lost, _)| lost),
        packets_reported_as_lost_but_recovered: figures.reported_lost.map(|(_, came)| came),
        fec_ssrc: figures.fec.and_then(|it| it.ssrc),
        fec_packets_received: figures.fec.map(|it| it.received.packets),
        fec_bytes_received: figures.fec.map(|it| it.received.bytes),
        fec_packets_discarded: figures.fec.map(|it| it.discarded),
        fec_packets_recovered: figures.fec.map(|it| it.recovered),
        bytes_received: figures.bytes,
        header_bytes_received: figures.header_bytes,
        last_packet_received_timestamp: figures
            .last_packet_at
            .map(|at| seconds(at, context.started)),
        packets_lost: figures.lost,
        packets_discarded: figures.discarded,
        retransmitted_packets_received: volume.map(|it| it.packets),
        retransmitted_bytes_received: volume.map(|it| it.bytes),
        frames_received: counted.frames,
        key_frames_received: counted.keyframes,
        frames_lost: counted.lost,
        frames_dropped: figures.assembly.map(|it| it.dropped),
        frames_assembled_from_multiple_packets: figures.assembly.map(|it| it.of_several),
        total_assembly_time: figures.assembly.map(|it| it.time.as_secs_f64()),
        jitter: f64::from(figures.jitter_ticks.unwrap_or(0)) / f64::from(rate),
        nack_count: figures.nacks,
        pli_count: figures.plis,
        fir_count: figures.firs,
        audio_level: counted.audio_level.map(linear_level),
        fraction_lost: figures.loss.map(f64::from),
    })
}

fn of_outbound(
    figures: &OutboundFigures,
    counted: Counted,
    context: &StreamContext<'_>,
) -> Option<OutboundRtpStats> {
    let OutboundFigures { mid, rid, ssrc, .. } = *figures;
    let name = (mid, rid, ssrc);
    let encodings = (context.encodings_of)(mid);
    let place = encodings.iter().position(|encoding| encoding.rid == rid);
    let encoding = place.and_then(|place| encodings.get(place));
    let volume = figures.retransmitted;
    let remote = &figures.remote;
    Some(OutboundRtpStats {
        id: StatsId::stream(Role::Outbound, name),
        transport_id: StatsId::transport(),
        codec_id: context.codec_id(Role::Outbound, mid, figures.payload_type),
        remote_id: remote.map(|_| StatsId::stream(Role::RemoteInbound, name)),
        ssrc,
        rtx_ssrc: figures.rtx,
        mid,
        rid,
        encoding_index: place,
        kind: (context.kind_of)(mid)?,
        active: encoding.is_some_and(|encoding| encoding.active),
        scalability_mode: encoding.and_then(|encoding| encoding.scalability_mode.clone()),
        packets_sent: figures.packets,
        packets_sent_with_ect1: figures.ect1,
        bytes_sent: figures.bytes,
        header_bytes_sent: figures.header_bytes,
        retransmitted_packets_sent: volume.map(|it| it.packets),
        retransmitted_bytes_sent: volume.map(|it| it.bytes),
        total_packet_send_delay: figures.send_delay.map(|it| it.as_secs_f64()),
        frames_sent: counted.frames,
        key_frames_sent: counted.keyframes,
        huge_frames_sent: counted.huge,
        nack_count: figures.nacks,
        pli_count: figures.plis,
        fir_count: figures.firs,
        round_trip_time: remote.and_then(|it| it.round_trip.current).map(|it| it.as_secs_f64()),
        fraction_lost: remote.map(|it| it.fraction_lost),
        packets_lost: remote.map(|it| u64::try_from(it.packets_lost).unwrap_or(0)),
    })
}

/// What the peer reports of what is sent.
pub(crate) fn remote_inbound(
    figures: &[OutboundFigures],
    context: &StreamContext<'_>,
) -> Vec<RemoteInboundRtpStats> {
    let of = |figures: &OutboundFigures| {
        let (mid, remote) = (figures.mid, figures.remote?);
        let name: StreamName = (mid, figures.rid, figures.ssrc);
        Some(RemoteInboundRtpStats {
            id: StatsId::stream(Role::RemoteInbound, name),
            timestamp: remote.updated_at.map(|at| seconds(at, context.started)),
            ssrc: figures.ssrc,
            kind: (context.kind_of)(mid)?,
            transport_id: StatsId::transport(),
            codec_id: context.codec_id(Role::Outbound, mid, figures.payload_type),
            local_id: StatsId::stream(Role::Outbound, name),
            packets_lost: remote.packets_lost,
            packets_received_with_ect1: figures.told.map(|it| it.ect1),
            packets_received_with_ce: figures.told.map(|it| it.ce),
            packets_reported_as_lost: figures.told.map(|it| it.lost),
            packets_reported_as_lost_but_recovered: figures.told.map(|it| it.recovered),
            packets_with_bleached_ect1_marking: figures.told.map(|it| it.bleached),
            fraction_lost: remote.fraction_lost,
            jitter: figures.clock_rate.map_or(0.0, |rate| remote.jitter(rate)),
            round_trip_time: remote.round_trip.current.map(|it| it.as_secs_f64()),
            total_round_trip_time: remote.round_trip.total.as_secs_f64(),
            round_trip_time_measurements: remote.round_trip.measurements,
        })
    };
    figures.iter().filter_map(of).collect()
}

/// What the peer reports of what it sends.
pub(crate) fn remote_outbound(
    figures: &[InboundFigures],
    context: &StreamContext<'_>,
) -> Vec<RemoteOutboundRtpStats> {
    let of = |figures: &InboundFigures| {
        let (mid, remote) = (figures.mid, figures.remote?);
        let name: StreamName = (mid, figures.rid, figures.ssrc);
        Some(RemoteOutboundRtpStats {
            id: StatsId::stream(Role::RemoteOutbound, name),
            timestamp: remote.updated_at.map(|at| seconds(at, context.started)),
            ssrc: figures.ssrc,
            kind: (context.kind_of)(mid)?,
            transport_id: StatsId::transport(),
            codec_id: context.codec_id(Role::Inbound, mid, figures.payload_type),
            local_id: StatsId::stream(Role::Inbound, name),
            packets_sent: remote.packets_sent,
            bytes_sent: remote.bytes_sent,
            reports_sent: remote.reports_sent,
            remote_timestamp: remote.remote_timestamp.map(|it| it.as_secs_f64()),
            round_trip_time: remote.round_trip.current.map(|it| it.as_secs_f64()),
            total_round_trip_time: remote.round_trip.total.as_secs_f64(),
            round_trip_time_measurements: remote.round_trip.measurements,
        })
    };
    figures.iter().filter_map(of).collect()
}

/// From dBov to the W3C's linear scale: -127 is silence.
fn linear_level(dbov: i8) -> f64 {
    if dbov <= -127 { 0.0 } else { 10f64.powf(f64::from(dbov) / 20.0) }
}
