//! A TCP sender: what to send when.

use std::time::Duration;

use crate::cross::control::{Ack, CongestionControl, LostSegment, Phase, Timeout};
use crate::cross::pace::Pace;
use crate::cross::segment::DATA_BYTES;
use crate::cross::{RttEstimator, Scoreboard};
use crate::packet::EcnField;
use crate::time::Time;

/// What a sender has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderStats {
    /// Segments sent, retransmissions included.
    pub segments: u64,
    /// Segments sent again.
    pub retransmissions: u64,
    /// Times the retransmission timer ran out.
    pub timeouts: u64,
    /// Round trips in which the window shrank for a loss.
    pub recoveries: u64,
    /// Bytes of data acknowledged.
    pub acknowledged: u64,
    /// Packets that arrived with a mark of congestion.
    pub marks: u64,
}

impl SenderStats {
    /// Adds what another sender did.
    pub(crate) fn add(&mut self, other: SenderStats) {
        self.segments += other.segments;
        self.retransmissions += other.retransmissions;
        self.timeouts += other.timeouts;
        self.recoveries += other.recoveries;
        self.acknowledged += other.acknowledged;
        self.marks += other.marks;
    }
}

/// The sending half of a connection, once it is open.
#[derive(Debug)]
pub(crate) struct Sender {
    congestion: Box<dyn CongestionControl>,
    rtt: RttEstimator,
    board: Scoreboard,
    /// The first byte that was never sent.
    next: u64,
    /// The end of the data there is.
    end: u64,
    /// Bytes of data in a full segment.
    segment_bytes: u32,
    recovery: Option<Recovery>,
    deadline: Option<Time>,
    /// Timeouts since new data was last acknowledged.
    timeouts_in_row: u32,
    last_sent: Time,
    pace: Pace,
    /// Marks of this connection that the receiver has told of.
    marks: u32,
    pub(crate) stats: SenderStats,
}

/// A loss is being repaired.
#[derive(Clone, Copy, Debug)]
struct Recovery {
    /// It is over when everything before this is acknowledged.
    until: u64,
    /// After a timeout the window grows meanwhile; in fast recovery it stands still.
    grows: bool,
}

impl Recovery {
    fn phase(this: Option<Recovery>) -> Phase {
        match this {
            None => Phase::Open,
            Some(Recovery { grows: false, .. }) => Phase::FastRecovery,
            Some(Recovery { grows: true, .. }) => Phase::AfterTimeout,
        }
    }
}

/// The most segments on their way: the receiver's buffer.
const MAX_OUTSTANDING: usize = 8_192;

impl Sender {
    pub(crate) fn new(congestion: Box<dyn CongestionControl>) -> Self {
        Sender {
            congestion,
            rtt: RttEstimator::new(),
            board: Scoreboard::default(),
            next: 0,
            end: 0,
            segment_bytes: DATA_BYTES,
            recovery: None,
            deadline: None,
            timeouts_in_row: 0,
            last_sent: Time::ZERO,
            pace: Pace::default(),
            marks: 0,
            stats: SenderStats::default(),
        }
    }

    /// The same with smaller segments.
    pub(crate) fn with_segment_bytes(self, segment_bytes: u32) -> Self {
        Sender { segment_bytes, ..self }
    }

    /// Another connection, for `bytes` of data; what was on its way is forgotten. `handshake` is
    /// the time that its opening took, if it was asked for once.
    pub(crate) fn restart(&mut self, bytes: u64, handshake: Option<Duration>, now: Time) {
        self.congestion = self.congestion.fresh();
        self.congestion.on_open(handshake, now);
        self.rtt = RttEstimator::unsure();
        if let Some(handshake) = handshake {
            self.rtt = RttEstimator::new();
            self.rtt.sample(handshake);
        }
        self.board.clear();
        (self.next, self.end) = (0, bytes);
        (self.recovery, self.deadline) = (None, None);
        (self.timeouts_in_row, self.marks) = (0, 0);
        self.pace = Pace::default();
    }

    /// There is more data.
    pub(crate) fn extend(&mut self, bytes: u64) {
        self.end += bytes;
    }

    /// True when all data is acknowledged.
    pub(crate) fn is_done(&self) -> bool {
        self.next == self.end && self.board.is_empty()
    }

    /// Takes the rest of the data away: what was sent is still repaired.
    pub(crate) fn stop(&mut self) {
        self.end = self.next;
    }

    /// Congestion window in segments.
    pub(crate) fn window(&self) -> f64 {
        self.congestion.window()
    }

    /// Slow-start threshold in segments, once there is one.
    pub(crate) fn threshold(&self) -> Option<f64> {
        self.congestion.threshold()
    }

    /// The smoothed round-trip time.
    pub(crate) fn smoothed_rtt(&self) -> Option<Duration> {
        self.rtt.mean()
    }

    /// What data is sent with.
    pub(crate) fn ecn(&self) -> EcnField {
        self.congestion.ecn()
    }

    /// When the retransmission timer runs out, or a segment that is held back may go.
    pub(crate) fn deadline(&self) -> Option<Time> {
        [self.deadline, self.pace.held_until()].into_iter().flatten().min()
    }

    /// An acknowledgement arrived. `marks` packets of the connection were marked by now.
    pub(crate) fn on_ack(&mut self, next: u64, sacked: &[(u64, u64)], marks: u32, now: Time) {
        let prior_flight = f64::from(self.board.pipe());
        let more = self.congestion.pacing_rate().is_some() && self.next < self.end;
        let window_limited = more || prior_flight + 1.0 >= self.congestion.window();
        let flight = self.board.len() as f64;
        let progress = self.board.acknowledge(next, sacked, now);
        self.stats.acknowledged += progress.advanced;
        if let Some(rtt) = progress.rtt {
            self.rtt.sample(rtt);
        }
        if progress.advanced > 0 {
            self.deadline = None;
            self.timeouts_in_row = 0;
            self.rtt.advance();
        }
        self.arm(now);
        let lost = self.board.detect_losses(self.rtt.mean(), now);
        self.recover(next, &lost, flight, now);
        let marked = marks.saturating_sub(self.marks);
        self.marks = self.marks.max(marks);
        self.stats.marks += u64::from(marked);
        if progress.delivered == 0 && lost.is_empty() && marked == 0 {
            return;
        }
        self.congestion.on_ack(&Ack {
            now,
            acked: f64::from(progress.delivered),
            marked: f64::from(marked),
            lost: lost.len() as f64,
            rtt: progress.rtt,
            smoothed_rtt: self.rtt.mean().unwrap_or(Duration::ZERO),
            prior_flight,
            flight: f64::from(self.board.pipe()),
            delivered: self.board.delivered(),
            prior_delivered: progress.sampled.prior_delivered,
            round_ended: progress.sampled.round_ended,
            rate: progress.sampled.rate,
            window_limited,
            phase: Recovery::phase(self.recovery),
        });
    }

    /// Begins or ends the repair of losses.
    fn recover(&mut self, next: u64, lost: &[LostSegment], flight: f64, now: Time) {
        if self.recovery.is_some_and(|recovery| next >= recovery.until) {
            self.recovery = None;
        }
        for lost in lost {
            self.congestion.on_lost(lost);
        }
        if self.recovery.is_none() && !lost.is_empty() {
            self.congestion.on_loss(flight, now);
            self.recovery = Some(Recovery { until: self.next, grows: false });
            self.stats.recoveries += 1;
        }
    }

    /// The timer may have run out.
    pub(crate) fn on_time(&mut self, now: Time) {
        if self.deadline.is_none_or(|at| at > now) {
            return;
        }
        self.deadline = None;
        self.stats.timeouts += 1;
        let (flight, repeated) = (self.board.len() as f64, self.timeouts_in_row > 0);
        self.congestion.on_timeout(&Timeout { now, flight, repeated });
        self.timeouts_in_row += 1;
        self.board.lose_all(now);
        self.rtt.back_off();
        self.recovery = Some(Recovery { until: self.next, grows: true });
    }

    /// The next segment that may be sent now: its first byte and its length.
    pub(crate) fn poll(&mut self, now: Time) -> Option<(u64, u32)> {
        self.pace.release();
        let rested = self.board.is_empty() && now.since(self.last_sent) > self.rtt.timeout();
        if rested && self.next < self.end {
            self.congestion.on_idle(now);
            self.last_sent = now;
        }
        if f64::from(self.board.pipe()) + 1.0 > self.congestion.window().max(1.0) {
            return None;
        }
        if !self.board.has_repairs() && self.next == self.end {
            self.board.limit_by_application();
            return None;
        }
        let rate = self.congestion.pacing_rate();
        if rate.is_some() && self.pace.holds(now) {
            return None;
        }
        let segment = match self.board.retransmit(now) {
            Some(segment) => {
                self.stats.retransmissions += 1;
                segment
            }
            None => self.fresh(now)?,
        };
        if let Some(rate) = rate {
            self.pace.sent(f64::from(segment.1) / f64::from(self.segment_bytes), rate, now);
        }
        self.stats.segments += 1;
        self.last_sent = now;
        self.arm(now);
        Some(segment)
    }

    fn fresh(&mut self, now: Time) -> Option<(u64, u32)> {
        let left = self.end - self.next;
        if left == 0 || self.board.len() >= MAX_OUTSTANDING {
            return None;
        }
        let segment = (self.next, left.min(u64::from(self.segment_bytes)) as u32);
        self.board.sent(segment.0, segment.1, now);
        self.next += u64::from(segment.1);
        Some(segment)
    }

    /// Starts the timer if it stands and something is on its way (RFC 6298 section 5).
    fn arm(&mut self, now: Time) {
        if self.board.is_empty() {
            self.deadline = None;
        } else if self.deadline.is_none() {
            self.deadline = Some(now + self.rtt.timeout());
        }
    }
}
