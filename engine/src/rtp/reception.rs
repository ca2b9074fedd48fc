//! What is counted of a stream that is received: loss (RFC 3550 appendix A.3), interarrival jitter
//! (A.8), packets and bytes (W3C webrtc-stats, `inbound-rtp`).

use std::time::{Duration, Instant};

use super::packet::RtpPacket;
use super::sequence::Placed;

/// A change of transit that no network makes: the timestamps leapt, and jitter begins anew. RFC
/// 3550 leaves it open; ten seconds are more than any queue holds.
const TRANSIT_LEAP: Duration = Duration::from_secs(10);

/// A pause that is longer counts as long: the clock of the stream leapt, or went round.
const PAUSE_MAX: Duration = Duration::from_secs(1_000);

/// Counts of a received stream.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::rtp::{Reception, RtpPacket, SequenceTracker};
/// let bytes = [0x80, 96, 0, 7, 0, 0, 0, 9, 0, 0, 0, 1, 0xaa];
/// let packet = RtpPacket::parse(&bytes).unwrap();
/// let mut reception = Reception::new(90_000);
/// let placed = SequenceTracker::default().on_packet(packet.sequence_number());
/// reception.on_packet(&packet, placed, Instant::now());
/// assert_eq!(reception.counts().packets, 1);
/// assert_eq!(reception.lost(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct Reception {
    clock_rate: u32,
    /// The first number since the beginning or the last restart, and the highest.
    span: Option<(u64, u64)>,
    /// Expected before the last restart.
    expected_before: u64,
    counts: ReceptionCounts,
    /// Jitter in ticks, times 16.
    jitter: u64,
    last: Option<(Instant, u32)>,
}

/// Packets and bytes of a received stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceptionCounts {
    /// Packets, late ones and duplicates among them.
    pub packets: u64,
    /// Bytes of payload.
    pub payload_bytes: u64,
    /// Bytes of headers and padding.
    pub header_bytes: u64,
    /// Packets that carried nothing but padding.
    pub padding_packets: u64,
    /// When the last one came.
    pub last_received_at: Option<Instant>,
}

impl Reception {
    /// Nothing received so far, on a clock of this rate.
    pub fn new(clock_rate: u32) -> Self {
        Reception {
            clock_rate,
            span: None,
            expected_before: 0,
            counts: ReceptionCounts::default(),
            jitter: 0,
            last: None,
        }
    }

    /// Counts a packet that came in its own place, at `now`.
    pub fn on_packet(&mut self, packet: &RtpPacket<'_>, placed: Placed, now: Instant) {
        if !self.count(placed) {
            return;
        }
        let payload = packet.payload_range().len();
        self.counts.packets += 1;
        self.counts.payload_bytes += payload as u64;
        self.counts.header_bytes += (packet.as_bytes().len() - payload) as u64;
        self.counts.padding_packets += u64::from(payload == 0);
        self.counts.last_received_at = Some(now);
        // Padding has the timestamp of something else.
        if payload != 0 {
            self.measure(packet.timestamp(), now);
        }
    }

    /// The stream goes on with another clock.
    pub fn set_clock_rate(&mut self, clock_rate: u32) {
        if self.clock_rate != clock_rate {
            self.clock_rate = clock_rate;
            self.jitter = 0;
            self.last = None;
        }
    }

    fn count(&mut self, placed: Placed) -> bool {
        match placed {
            Placed::First(number) => self.span = Some((number, number)),
            Placed::Ahead(number) => {
                let first = self.span.map_or(number, |(first, _)| first);
                self.span = Some((first, number));
            }
            Placed::Behind(number) => {
                // One before the first is late too, and was expected.
                let (first, highest) = self.span.unwrap_or((number, number));
                self.span = Some((first.min(number), highest));
            }
            Placed::Restarted(number) => {
                self.expected_before = self.expected();
                self.span = Some((number, number));
            }
            Placed::Leap => return false,
        }
        true
    }

    fn measure(&mut self, timestamp: u32, now: Instant) {
        let last = self.last.replace((now, timestamp));
        let Some((then, earlier)) = last else { return };
        let arrived = match now == then {
            true => 0,
            false => self.ticks(now.saturating_duration_since(then)),
        };
        let transit = arrived.abs_diff(i64::from(timestamp.wrapping_sub(earlier) as i32));
        if transit <= TRANSIT_LEAP.as_secs() * u64::from(self.clock_rate) {
            self.jitter = self.jitter + transit - ((self.jitter + 8) >> 4);
        }
    }

    fn ticks(&self, passed: Duration) -> i64 {
        let passed = passed.min(PAUSE_MAX);
        let micros = passed.as_secs() * 1_000_000 + u64::from(passed.subsec_micros());
        (micros * u64::from(self.clock_rate) / 1_000_000) as i64
    }

    /// Packets and bytes.
    pub fn counts(&self) -> ReceptionCounts {
        self.counts
    }

    /// Packets that should have come.
    pub fn expected(&self) -> u64 {
        self.expected_before + self.span.map_or(0, |(first, highest)| highest - first + 1)
    }

    /// Packets that did not come, less those that came twice.
    pub fn lost(&self) -> i64 {
        self.expected() as i64 - self.counts.packets as i64
    }

    /// Interarrival jitter in ticks.
    pub fn jitter_ticks(&self) -> u32 {
        u32::try_from(self.jitter >> 4).unwrap_or(u32::MAX)
    }

    /// Interarrival jitter.
    pub fn jitter(&self) -> Duration {
        let rate = u64::from(self.clock_rate.max(1));
        Duration::from_micros(u64::from(self.jitter_ticks()) * 1_000_000 / rate)
    }
}
