//! Counting what passes, and joining it with the session's figures.

use std::collections::BTreeMap;

use super::report::{DataChannelTotals, InboundRtpStats, OutboundRtpStats};
use crate::codec::MediaKind;
use crate::frame::{EncodedFrame, ReceivedFrame};
use crate::ids::{Mid, Rid};
use crate::session::MediaFigures;

/// Streams counted per direction: every m-line with a few layers each.
const STREAMS_MAX: usize = 1024;

type StreamKey = (Mid, Option<Rid>);

type Joined<'a> = (Counted, Option<&'a MediaFigures>);

/// Figures of one stream in one direction, as counted here.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    frames: u64,
    keyframes: u64,
    lost: u64,
    clock_rate: u32,
    audio_level: Option<i8>,
}

/// All counters of one connection.
#[derive(Debug, Default)]
pub(crate) struct StatsCollector {
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) packets_sent: u64,
    pub(crate) packets_received: u64,
    pub(crate) packets_discarded: u64,
    pub(crate) pair_changes: u32,
    pub(crate) channels: DataChannelTotals,
    inbound: BTreeMap<StreamKey, Counted>,
    outbound: BTreeMap<StreamKey, Counted>,
}

impl StatsCollector {
    pub(crate) fn on_transmit(&mut self, bytes: usize) {
        self.packets_sent += 1;
        self.bytes_sent += bytes as u64;
    }

    pub(crate) fn on_datagram(&mut self, bytes: usize) {
        self.packets_received += 1;
        self.bytes_received += bytes as u64;
    }

    pub(crate) fn on_frame_received(&mut self, received: &ReceivedFrame) {
        let Some(counted) = entry(&mut self.inbound, (received.mid, received.rid)) else { return };
        counted.frames += 1;
        counted.keyframes += u64::from(received.frame.keyframe);
        counted.lost += u64::from(!received.contiguous);
        counted.clock_rate = received.frame.codec.clock_rate();
        counted.audio_level = received.audio_level;
    }

    pub(crate) fn on_frame_sent(&mut self, mid: Mid, rid: Option<Rid>, frame: &EncodedFrame) {
        let Some(counted) = entry(&mut self.outbound, (mid, rid)) else { return };
        counted.frames += 1;
        counted.keyframes += u64::from(frame.keyframe);
    }

    /// What was counted, joined with the session's figures. `kind_of` knows the m-lines; streams of
    /// others are left out.
    pub(crate) fn inbound(
        &self,
        figures: &[MediaFigures],
        kind_of: impl Fn(Mid) -> Option<MediaKind>,
    ) -> Vec<InboundRtpStats> {
        let report = |(key, (counted, figures)): (StreamKey, Joined<'_>)| {
            let (mid, rid) = key;
            let jitter_ticks = figures.and_then(|f| f.jitter_ticks).unwrap_or(0);
            Some(InboundRtpStats {
                mid,
                rid,
                kind: kind_of(mid)?,
                packets_received: figures.map_or(0, |f| f.packets),
                bytes_received: figures.map_or(0, |f| f.bytes),
                frames_received: counted.frames,
                key_frames_received: counted.keyframes,
                frames_lost: counted.lost,
                jitter: f64::from(jitter_ticks) / f64::from(counted.clock_rate.max(1)),
                nack_count: figures.map_or(0, |f| f.nacks),
                pli_count: figures.map_or(0, |f| f.plis),
                fir_count: figures.map_or(0, |f| f.firs),
                audio_level: counted.audio_level.map(linear_level),
                fraction_lost: figures.and_then(|f| f.loss).map(f64::from),
            })
        };
        joined(&self.inbound, figures).into_iter().filter_map(report).collect()
    }

    /// As [`Self::inbound`], for what is sent.
    pub(crate) fn outbound(
        &self,
        figures: &[MediaFigures],
        kind_of: impl Fn(Mid) -> Option<MediaKind>,
    ) -> Vec<OutboundRtpStats> {
        let report = |(key, (counted, figures)): (StreamKey, Joined<'_>)| {
            let (mid, rid) = key;
            Some(OutboundRtpStats {
                mid,
                rid,
                kind: kind_of(mid)?,
                packets_sent: figures.map_or(0, |f| f.packets),
                bytes_sent: figures.map_or(0, |f| f.bytes),
                frames_sent: counted.frames,
                key_frames_sent: counted.keyframes,
                nack_count: figures.map_or(0, |f| f.nacks),
                pli_count: figures.map_or(0, |f| f.plis),
                fir_count: figures.map_or(0, |f| f.firs),
                round_trip_time: figures.and_then(|f| f.round_trip).map(|rtt| rtt.as_secs_f64()),
                fraction_lost: figures.and_then(|f| f.loss).map(f64::from),
                packets_lost: figures.and_then(|f| f.packets_lost),
            })
        };
        joined(&self.outbound, figures).into_iter().filter_map(report).collect()
    }
}

/// What was counted of each stream, and the session's figures of it.
fn joined<'a>(
    counted: &BTreeMap<StreamKey, Counted>,
    figures: &'a [MediaFigures],
) -> BTreeMap<StreamKey, Joined<'a>> {
    let mut streams: BTreeMap<_, Joined<'a>> =
        counted.iter().map(|(key, counted)| (*key, (*counted, None))).collect();
    for figures in figures {
        streams.entry((figures.mid, figures.rid)).or_default().1 = Some(figures);
    }
    streams
}

fn entry(streams: &mut BTreeMap<StreamKey, Counted>, key: StreamKey) -> Option<&mut Counted> {
    if streams.len() >= STREAMS_MAX && !streams.contains_key(&key) {
        return None;
    }
    Some(streams.entry(key).or_default())
}

/// From dBov to the W3C's linear scale: -127 is silence.
fn linear_level(dbov: i8) -> f64 {
    if dbov <= -127 { 0.0 } else { 10f64.powf(f64::from(dbov) / 20.0) }
}
