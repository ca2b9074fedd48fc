//! The receiver's side of congestion control feedback (RFC 8888).
//!
//! 1. The first packet after a message begins the wait for the next.
//! 2. The end of a frame (the marker bit) ends the wait, and so does its length.
//! 3. Messages keep their distance: 25 ms, and up to 100 ms where they would take more than a
//!    twentieth of what arrives (RFC 3550 section 6.2), or of half a second where they are so large
//!    that they would take more than their share of the way back.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::arrivals::{Arrivals, Arrived};
use crate::bitrate::Bitrate;
use crate::datagram::Ecn;
use crate::ids::Ssrc;
use crate::rtcp::ntp::NtpClock;
use crate::rtcp::packet::{ArrivalOffset, CCFB_REPORTS_MAX, CcfbArrival, CcfbWriter};
use crate::rtcp::unwrap::Unwrapper;

const INTERVAL_MIN: Duration = Duration::from_millis(25);
const INTERVAL_MAX: Duration = Duration::from_millis(500);
/// Where little arrives, messages are further apart, but not so far that a sender learns too late.
const SHARED_INTERVAL_MAX: Duration = Duration::from_millis(100);
/// The part of what arrives that messages about it may take.
const SHARE: f64 = 1.0 / 20.0;
/// Weight of the last measure in what arrives.
const RATE_WEIGHT: f64 = 1.0 / 8.0;
/// How long a message waits for the end of a frame.
const MARKER_WAIT: Duration = Duration::from_millis(25);

/// Most that messages take of the way back.
const RATE_MAX: Bitrate = Bitrate::kbps(500);
/// IPv4, UDP and the SRTCP index and tag around a message.
const OVERHEAD_BYTES: u64 = 20 + 8 + 14;

/// Streams that arrivals are recorded of: every layer of many m-lines, with its retransmissions.
const STREAMS_MAX: usize = 1_024;
/// Packets kept of one stream: half a second at 4,000 packets a second, twice.
const PACKETS_MAX: usize = 4_096;
/// Streams of which nothing came for so long are forgotten.
const STREAM_SILENT_FOR: Duration = Duration::from_secs(30);

/// What messages told of a stream (`packetsReportedAsLost`, `packetsReportedAsLostButRecovered` of
/// webrtc-stats).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportedLosses {
    /// Packets that a message told not to have arrived.
    pub lost: u64,
    /// Those among them that arrived later.
    pub recovered: u64,
}

#[derive(Clone, Debug)]
struct Stream {
    numbers: Unwrapper<16>,
    arrivals: Arrivals,
    /// The numbers that messages have told of.
    told: Option<Range<u64>>,
    losses: ReportedLosses,
}

/// Records arrivals, and writes the messages that tell of them.
#[derive(Clone, Debug)]
pub struct CcfbRecorder {
    clock: NtpClock,
    streams: BTreeMap<Ssrc, Stream>,
    /// Of those not told of.
    first_at: Option<Instant>,
    marker_seen: bool,
    /// When the next message may go.
    free_at: Option<Instant>,
    /// What arrives, in bits per second, where that was told.
    arriving: Option<f64>,
}

impl CcfbRecorder {
    /// A recorder that tells of arrivals by this wall clock.
    pub fn new(clock: NtpClock) -> Self {
        CcfbRecorder {
            clock,
            streams: BTreeMap::new(),
            first_at: None,
            marker_seen: false,
            free_at: None,
            arriving: None,
        }
    }

    /// An RTP packet arrived, with its sequence number, its marker bit, and the mark of its IP
    /// packet.
    pub fn on_packet(
        &mut self,
        ssrc: Ssrc,
        sequence: u16,
        marker: bool,
        ecn: Option<Ecn>,
        at: Instant,
    ) {
        if self.streams.len() >= STREAMS_MAX && !self.streams.contains_key(&ssrc) {
            return;
        }
        let stream = self.streams.entry(ssrc).or_insert_with(|| Stream {
            numbers: Unwrapper::default(),
            arrivals: Arrivals::new(PACKETS_MAX),
            told: None,
            losses: ReportedLosses::default(),
        });
        let number = stream.numbers.extend(u32::from(sequence));
        if stream.arrivals.add(Arrived { number, at, ecn }) {
            self.first_at.get_or_insert(at);
            self.marker_seen |= marker;
            // What was told and is added was told to be missing.
            let recovered = stream.told.as_ref().is_some_and(|told| told.contains(&number));
            stream.losses.recovered += u64::from(recovered);
        }
    }

    /// What messages told of a stream; nothing of one that is silent for long.
    pub fn losses(&self, ssrc: Ssrc) -> ReportedLosses {
        self.streams.get(&ssrc).map(|stream| stream.losses).unwrap_or_default()
    }

    /// So many bytes arrived in so long: messages are to take a twentieth of that rate.
    pub fn on_received(&mut self, bytes: u64, span: Duration) {
        if !span.is_zero() {
            let bps = bytes as f64 * 8.0 / span.as_secs_f64();
            let before = self.arriving.unwrap_or(bps);
            self.arriving = Some(before + RATE_WEIGHT * (bps - before));
        }
    }

    /// When a message is due; never while nothing arrives.
    pub fn next_due(&self) -> Option<Instant> {
        let first_at = self.first_at?;
        let wanted_at = if self.marker_seen { first_at } else { first_at + MARKER_WAIT };
        Some(self.free_at.map_or(wanted_at, |free_at| free_at.max(wanted_at)))
    }

    /// Appends the messages that are due, none larger than `bytes_max`; gives how many those are.
    pub fn poll(&mut self, now: Instant, sender: Ssrc, bytes_max: usize, out: &mut Vec<u8>) -> u64 {
        if self.next_due().is_none_or(|due_at| due_at > now) {
            return 0;
        }
        self.first_at = None;
        self.marker_seen = false;
        let before = out.len();
        let timestamp = self.clock.at(now).middle();
        let mut messages = 0;
        // A message tells of as many streams as fit; what is left is for the next one.
        while self.write_message(now, sender, bytes_max, timestamp, out) {
            messages += 1;
        }
        let bytes = (out.len() - before) as u64 + messages * OVERHEAD_BYTES;
        let distance = RATE_MAX.time_for(bytes).unwrap_or(INTERVAL_MAX);
        let shared = self.arriving.map_or(INTERVAL_MIN, |bps| shared_interval(bytes, bps));
        self.free_at = Some(now + distance.clamp(INTERVAL_MIN, INTERVAL_MAX).max(shared));
        self.streams.retain(|_, stream| {
            stream.arrivals.newest_at().is_none_or(|at| at + STREAM_SILENT_FOR > now)
        });
        messages
    }

    /// True where a message was written, and another may be needed.
    fn write_message(
        &mut self,
        now: Instant,
        sender: Ssrc,
        bytes_max: usize,
        timestamp: u32,
        out: &mut Vec<u8>,
    ) -> bool {
        let is_pending = |stream: &Stream| stream.arrivals.pending().is_some();
        if !self.streams.values().any(is_pending) {
            return false;
        }
        let mut message = CcfbWriter::begin(out, sender, bytes_max.max(BYTES_LEAST));
        for (ssrc, stream) in &mut self.streams {
            while write_block(&mut message, *ssrc, stream, now) {}
        }
        message.finish(timestamp);
        true
    }
}

/// How far apart messages of so many bytes are to be where this arrives.
fn shared_interval(bytes: u64, arriving_bps: f64) -> Duration {
    let seconds = bytes as f64 * 8.0 / (SHARE * arriving_bps).max(1.0);
    let bounded = seconds.min(SHARED_INTERVAL_MAX.as_secs_f64());
    Duration::from_secs_f64(bounded).max(INTERVAL_MIN)
}

/// Room for one block with two reports, without which nothing could be told.
const BYTES_LEAST: usize = 24;

/// True where a block was written, and there may be more of the stream.
fn write_block(
    message: &mut CcfbWriter<'_>,
    ssrc: Ssrc,
    stream: &mut Stream,
    now: Instant,
) -> bool {
    let (room, newest) = (message.room(), stream.arrivals.newest());
    let (Some((mut begin, arrived)), Some(newest)) = (stream.arrivals.pending(), newest) else {
        return false;
    };
    let mut arrived = arrived.peekable();
    // A gap that no block can tell of is left out.
    if let Some(first) = arrived.peek().map(|first| first.number)
        && first - begin >= CCFB_REPORTS_MAX as u64
    {
        begin = first;
    }
    let count = (newest + 1 - begin).min(room as u64) as usize;
    let told_before = stream.told.as_ref().map_or(begin, |told| told.end);
    let mut lost = 0;
    let reports = (0..count).map(|index| {
        let number = begin + index as u64;
        arrived.next_if(|packet| packet.number == number).map_or_else(
            || {
                lost += u64::from(number >= told_before);
                CcfbArrival::NotReceived
            },
            |packet| report(packet, now),
        )
    });
    let written = message.block(ssrc, begin as u16, reports);
    drop(arrived);
    if written {
        let end = begin + count as u64;
        stream.arrivals.told(end, now);
        stream.losses.lost += lost;
        stream.told = Some(match &stream.told {
            Some(told) => told.start..told.end.max(end),
            None => begin..end,
        });
    }
    written
}

fn report(packet: &Arrived, now: Instant) -> CcfbArrival {
    let offset = match now.checked_duration_since(packet.at) {
        Some(before) => ArrivalOffset::new(before),
        None => ArrivalOffset::Unknown,
    };
    CcfbArrival::Received { ecn: packet.ecn, offset }
}
