//! A TCP sender: what to send when.

use std::time::Duration;

use crate::cross::segment::DATA_BYTES;
use crate::cross::{CongestionControl, RttEstimator, Scoreboard};
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
    last_sent: Time,
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
            last_sent: Time::ZERO,
            stats: SenderStats::default(),
        }
    }

    /// The same with smaller segments.
    pub(crate) fn with_segment_bytes(self, segment_bytes: u32) -> Self {
        Sender { segment_bytes, ..self }
    }

    /// Another connection, for `bytes` of data; what was on its way is forgotten.
    pub(crate) fn restart(&mut self, bytes: u64, handshake: Duration) {
        self.congestion = self.congestion.fresh();
        self.rtt = RttEstimator::new();
        self.rtt.sample(handshake);
        self.board.clear();
        (self.next, self.end) = (0, bytes);
        (self.recovery, self.deadline) = (None, None);
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

    /// When the retransmission timer runs out.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    /// An acknowledgement arrived.
    pub(crate) fn on_ack(&mut self, next: u64, sacked: &[(u64, u64)], now: Time) {
        let limited = f64::from(self.board.pipe()) + 1.0 >= self.congestion.window();
        let flight = self.board.len() as f64;
        let progress = self.board.acknowledge(next, sacked, now);
        self.stats.acknowledged += progress.advanced;
        if let Some(rtt) = progress.rtt {
            self.rtt.sample(rtt);
        }
        if progress.advanced > 0 {
            self.deadline = None;
        }
        self.arm(now);
        let found = self.board.detect_losses(self.rtt.mean());
        if self.recovery.is_some_and(|recovery| next >= recovery.until) {
            self.recovery = None;
        }
        match self.recovery {
            None if found => {
                self.congestion.on_loss(flight, now);
                self.recovery = Some(Recovery { until: self.next, grows: false });
                self.stats.recoveries += 1;
            }
            Some(Recovery { grows: false, .. }) => {}
            _ if limited && progress.delivered > 0 => {
                let rtt = self.rtt.mean().unwrap_or(Duration::ZERO);
                self.congestion.on_ack(f64::from(progress.delivered), rtt, now);
            }
            _ => {}
        }
    }

    /// The timer may have run out.
    pub(crate) fn on_time(&mut self, now: Time) {
        if self.deadline.is_none_or(|at| at > now) {
            return;
        }
        self.deadline = None;
        self.stats.timeouts += 1;
        self.congestion.on_timeout(self.board.len() as f64, now);
        self.board.lose_all();
        self.rtt.back_off();
        self.recovery = Some(Recovery { until: self.next, grows: true });
    }

    /// The next segment that may be sent now: its first byte and its length.
    pub(crate) fn poll(&mut self, now: Time) -> Option<(u64, u32)> {
        if self.board.is_empty() && now.since(self.last_sent) > self.rtt.timeout() {
            self.congestion.on_idle();
        }
        if f64::from(self.board.pipe()) + 1.0 > self.congestion.window().max(1.0) {
            return None;
        }
        let segment = match self.board.retransmit(now) {
            Some(segment) => {
                self.stats.retransmissions += 1;
                segment
            }
            None => self.fresh(now)?,
        };
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
