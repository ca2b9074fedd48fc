//! The sender's side of both kinds of feedback: what was told, joined with what was sent.
//!
//! 1. Each packet is kept from its sending until feedback tells of it, or it is too old.
//! 2. A message names packets: by their numbers, or by stream and sequence number.
//! 3. What is told for the first time becomes a result. A packet that was told to be lost may still
//!    be told to have arrived; one that arrived stays so.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::stream_index::StreamIndex;
use crate::datagram::Ecn;
use crate::feedback::{Arrival, FeedbackKind, PacketResult, SentPacket, TransportFeedback};
use crate::rtcp::packet::{ArrivalOffset, Ccfb, CcfbArrival, TransportCc, TransportCcStatus};
use crate::rtcp::packet::{DELTA_TICK, REFERENCE_TICK};
use crate::rtcp::unwrap::{Unwrapper, near};

/// Packets kept: half of what 16 bits can tell apart.
const PACKETS_MAX: usize = 1 << 15;
/// How long a packet is kept: feedback that is older tells nothing of the path.
const KEPT_FOR: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Unknown,
    Lost,
    Received,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    sent: SentPacket,
    fate: Fate,
}

/// What came of packets so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentCounters {
    /// Packets told to have arrived.
    pub received: u64,
    /// Packets told to be lost, those that arrived after all among them.
    pub lost: u64,
    /// Packets that arrived after they were told to be lost.
    pub received_after_loss: u64,
    /// Packets told of that were not sent, or were told of before.
    pub unmatched: u64,
    /// Packets that no message told of.
    pub untold: u64,
    /// Messages that did not come, by the counts of those that did (transport-wide only).
    pub messages_lost: u64,
    /// Packets that arrived with ECT(1).
    pub received_with_ect1: u64,
    /// Packets that arrived with "congestion experienced".
    pub received_with_ce: u64,
}

/// What was sent over one transport.
#[derive(Clone, Debug)]
pub struct SentHistory {
    /// By number, without gaps, from `first` on.
    entries: VecDeque<Entry>,
    first: u64,
    index: Option<StreamIndex>,
    /// All packets before this number were told of, or followed by one that was.
    told_end: u64,
    bytes_in_flight: u64,
    /// When old packets were dropped last.
    dropped_at: Option<Instant>,
    references: Unwrapper<24>,
    timestamps: Unwrapper<32>,
    message_count: Option<u8>,
    counters: SentCounters,
}

impl SentHistory {
    /// An empty history for one kind of feedback.
    pub fn new(kind: FeedbackKind) -> Self {
        SentHistory {
            entries: VecDeque::new(),
            first: 0,
            index: (kind == FeedbackKind::Ccfb).then(StreamIndex::default),
            told_end: 0,
            bytes_in_flight: 0,
            dropped_at: None,
            references: Unwrapper::default(),
            timestamps: Unwrapper::default(),
            message_count: None,
            counters: SentCounters::default(),
        }
    }

    /// A packet is sent. Numbers have no gaps; one that leaves a gap begins the history anew.
    pub fn on_sent(&mut self, sent: SentPacket) {
        // Packets of one picture leave at one time.
        if self.dropped_at != Some(sent.sent_at) || self.entries.len() >= PACKETS_MAX {
            self.drop_old(sent.sent_at, PACKETS_MAX - 1);
            self.dropped_at = Some(sent.sent_at);
        }
        if sent.number != self.first + self.entries.len() as u64 {
            self.counters.untold += self.untold();
            self.entries.clear();
            self.bytes_in_flight = 0;
        }
        if self.entries.is_empty() {
            self.first = sent.number;
            self.told_end = sent.number;
        }
        self.entries.push_back(Entry { sent, fate: Fate::Unknown });
        self.bytes_in_flight += u64::from(sent.size);
        if let Some(index) = &mut self.index {
            index.insert(sent.ssrc, sent.sequence, sent.number, self.first);
        }
    }

    /// Bytes sent after the last packet that any feedback told of.
    pub fn bytes_in_flight(&self) -> u64 {
        self.bytes_in_flight
    }

    /// What came of packets so far.
    pub fn counters(&self) -> SentCounters {
        self.counters
    }

    /// Transport-wide feedback came. `feedback` is filled anew; false where it has no results.
    pub fn on_transport_cc(
        &mut self,
        told: &TransportCc<'_>,
        now: Instant,
        feedback: &mut TransportFeedback,
    ) -> bool {
        self.count_message(told.message_count);
        self.begin(FeedbackKind::TransportWide, now, feedback);
        let Some(newest) = self.newest() else { return false };
        let reference = self.references.extend(told.reference_time);
        let mut at = REFERENCE_TICK.as_micros() as i64 * reference as i64;
        for (number, (_, status)) in (near(newest, told.base)..).zip(told.statuses()) {
            let arrival = match status {
                TransportCcStatus::NotReceived => None,
                TransportCcStatus::Received { delta } => {
                    at += i64::from(delta) * DELTA_TICK.as_micros() as i64;
                    Some((Duration::from_micros(at.max(0) as u64), None))
                }
            };
            self.tell(number, arrival, feedback);
        }
        self.end(feedback)
    }

    /// Feedback of RFC 8888 came. `feedback` is filled anew; false where it has no results.
    pub fn on_ccfb(
        &mut self,
        told: &Ccfb<'_>,
        now: Instant,
        feedback: &mut TransportFeedback,
    ) -> bool {
        self.begin(FeedbackKind::Ccfb, now, feedback);
        let made_at = from_short(self.timestamps.extend(told.report_timestamp));
        let mut held: Option<Duration> = None;
        for block in told.blocks() {
            for (sequence, report) in block.reports() {
                let found = self.index.as_ref().and_then(|index| index.find(block.ssrc, sequence));
                let Some(number) = found else {
                    self.counters.unmatched += 1;
                    continue;
                };
                let arrival = match report {
                    CcfbArrival::NotReceived => None,
                    CcfbArrival::Received { ecn, offset } => {
                        let before = before_report(offset);
                        held = Some(held.map_or(before, |held| held.min(before)));
                        Some((made_at.saturating_sub(before), ecn))
                    }
                };
                self.tell(number, arrival, feedback);
            }
        }
        feedback.held = held;
        feedback.results.sort_unstable_by_key(|result| result.sent.number);
        self.end(feedback)
    }

    fn begin(&mut self, kind: FeedbackKind, now: Instant, feedback: &mut TransportFeedback) {
        self.drop_old(now, PACKETS_MAX);
        feedback.kind = kind;
        feedback.received_at = now;
        feedback.held = None;
        feedback.results.clear();
        feedback.bytes_in_flight = self.bytes_in_flight;
    }

    fn end(&mut self, feedback: &mut TransportFeedback) -> bool {
        feedback.bytes_in_flight = self.bytes_in_flight;
        // What arrived is not needed any more.
        while self.entries.front().is_some_and(|entry| entry.fate == Fate::Received) {
            self.drop_first();
        }
        !feedback.results.is_empty()
    }

    /// What became of one packet.
    fn tell(
        &mut self,
        number: u64,
        arrival: Option<(Duration, Option<Ecn>)>,
        feedback: &mut TransportFeedback,
    ) {
        let index = number.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        let Some(entry) = index.and_then(|index| self.entries.get_mut(index)) else {
            self.counters.unmatched += 1;
            return;
        };
        let arrival = match (arrival, entry.fate) {
            (Some((at, ecn)), Fate::Unknown | Fate::Lost) => {
                let after_loss = entry.fate == Fate::Lost;
                entry.fate = Fate::Received;
                self.counters.received += 1;
                self.counters.received_after_loss += u64::from(after_loss);
                Arrival::Received { at, ecn, after_loss }
            }
            (None, Fate::Unknown) => {
                entry.fate = Fate::Lost;
                self.counters.lost += 1;
                Arrival::Lost
            }
            (_, Fate::Received) | (None, Fate::Lost) => {
                self.counters.unmatched += 1;
                return;
            }
        };
        let result = PacketResult { sent: entry.sent, arrival };
        self.count_mark(&result);
        feedback.results.push(result);
        self.advance_told(number + 1);
    }

    fn count_mark(&mut self, result: &PacketResult) {
        match result.arrival {
            Arrival::Received { ecn: Some(Ecn::Ce), .. } => self.counters.received_with_ce += 1,
            Arrival::Received { ecn: Some(Ecn::Ect1), .. } => {
                self.counters.received_with_ect1 += 1;
            }
            _ => {}
        }
    }

    fn count_message(&mut self, count: u8) {
        let missing =
            self.message_count.map_or(0, |before| count.wrapping_sub(before).wrapping_sub(1));
        // What seems to be half a round ahead came out of order.
        if missing < 128 {
            self.counters.messages_lost += u64::from(missing);
            self.message_count = Some(count);
        }
    }

    fn advance_told(&mut self, end: u64) {
        while self.told_end < end {
            let index = self.told_end.checked_sub(self.first);
            let entry = index.and_then(|index| self.entries.get(index as usize));
            self.bytes_in_flight -= entry.map_or(0, |entry| u64::from(entry.sent.size));
            self.told_end += 1;
        }
    }

    fn newest(&self) -> Option<u64> {
        (self.first + self.entries.len() as u64).checked_sub(1).filter(|_| !self.entries.is_empty())
    }

    fn untold(&self) -> u64 {
        self.entries.iter().filter(|entry| entry.fate == Fate::Unknown).count() as u64
    }

    /// Drops packets that are too old, and those beyond so many.
    fn drop_old(&mut self, now: Instant, packets_max: usize) {
        while let Some(first) = self.entries.front() {
            if self.entries.len() <= packets_max && first.sent.sent_at + KEPT_FOR > now {
                break;
            }
            self.counters.untold += u64::from(first.fate == Fate::Unknown);
            self.advance_told(self.first + 1);
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        self.entries.pop_front();
        self.first += 1;
    }
}

/// How long before the message a packet arrived; for what is out of range, the least that it can
/// be.
fn before_report(offset: ArrivalOffset) -> Duration {
    let least = ArrivalOffset::Ticks(0x1FFD).duration().unwrap_or_default();
    match offset {
        ArrivalOffset::Ticks(_) => offset.duration().unwrap_or_default(),
        ArrivalOffset::OverRange => least,
        ArrivalOffset::Unknown => Duration::ZERO,
    }
}

/// 65,536ths of a second, extended.
fn from_short(short: u64) -> Duration {
    Duration::from_nanos(((u128::from(short) * 1_000_000_000) >> 16) as u64)
}
