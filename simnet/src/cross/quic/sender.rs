//! A QUIC sender: what to send when (RFC 9002).
//!
//! 1. New data and what is lost goes out as the window allows, paced.
//! 2. Acknowledgements take packets off the ledger and find losses. A loss of what was sent since
//!    the last recovery began begins another; its data goes out again under a new number.
//! 3. When nothing is heard for a probe timeout, two packets go out whatever the window says.
//!    Nothing is lost for that; but losses over three such times empty the window.

use std::collections::VecDeque;
use std::time::Duration;

use crate::cross::control::{Ack, CongestionControl, Phase, Timeout};
use crate::cross::pace::Pace;
use crate::cross::quic::ledger::{Arrivals, Ledger, Lost, Part};
use crate::cross::quic::packet::{AckFrame, DATA_BYTES, QuicPacket};
use crate::cross::quic::rtt::RoundTrips;
use crate::cross::ranges::Ranges;
use crate::cross::sender::SenderStats;
use crate::packet::EcnField;
use crate::time::Time;

/// The sending half of a connection, which always has data.
#[derive(Debug)]
pub(super) struct QuicSender {
    congestion: Box<dyn CongestionControl>,
    rtt: RoundTrips,
    ledger: Ledger,
    /// Parts of the stream that arrived.
    arrived: Ranges,
    /// Those that are lost.
    repairs: VecDeque<Part>,
    /// The first byte that was never sent; nothing once no more is to be sent.
    fresh: Option<u64>,
    /// When the last recovery began: what was sent before makes no other.
    recovery: Option<Time>,
    /// Probe timeouts since something was last acknowledged.
    timeouts_in_row: u32,
    /// Packets that may go beyond the window.
    probes: u32,
    last_sent: Time,
    pace: Pace,
    marks: u32,
    pub(super) stats: SenderStats,
}

/// The most packets on their way: the receiver's flow control.
const MAX_OUTSTANDING: usize = 8_192;
/// Packets for a probe timeout (section 6.2.4).
const PROBES: u32 = 2;
/// Doublings of the probe timeout, beyond which it stays.
const MAX_DOUBLINGS: u32 = 10;
/// kMinimumWindow in packets (section 7.2).
const MIN_WINDOW: f64 = 2.0;
/// Pacing above the window's rate (section 7.7), and in slow start, in which the window doubles.
const PACING: (f64, f64) = (1.25, 2.0);

impl QuicSender {
    pub(super) fn new(congestion: Box<dyn CongestionControl>) -> Self {
        QuicSender {
            congestion,
            rtt: RoundTrips::default(),
            ledger: Ledger::default(),
            arrived: Ranges::default(),
            repairs: VecDeque::new(),
            fresh: Some(0),
            recovery: None,
            timeouts_in_row: 0,
            probes: 0,
            last_sent: Time::ZERO,
            pace: Pace::default(),
            marks: 0,
            stats: SenderStats::default(),
        }
    }

    /// The connection is open; `handshake` is the time that took, if it was asked for once.
    pub(super) fn open(&mut self, handshake: Option<Duration>, now: Time) {
        self.congestion.on_open(handshake, now);
        if let Some(handshake) = handshake {
            self.rtt.sample(handshake, Duration::ZERO, now);
        }
    }

    /// No new data from now on: what was sent is still repaired.
    pub(super) fn stop(&mut self) {
        self.fresh = None;
    }

    /// True when nothing is left to be sent or heard of.
    pub(super) fn is_done(&self) -> bool {
        self.fresh.is_none() && self.repairs.is_empty() && self.ledger.in_flight() == 0
    }

    /// Congestion window in packets.
    pub(super) fn window(&self) -> f64 {
        self.congestion.window().max(MIN_WINDOW)
    }

    /// Slow-start threshold in packets, once there is one.
    pub(super) fn threshold(&self) -> Option<f64> {
        self.congestion.threshold()
    }

    /// The smoothed round-trip time.
    pub(super) fn smoothed_rtt(&self) -> Option<Duration> {
        self.rtt.mean()
    }

    /// What data is sent with.
    pub(super) fn ecn(&self) -> EcnField {
        self.congestion.ecn()
    }

    /// When a packet becomes lost or the probe timeout is over, or one that is held back may go.
    pub(super) fn deadline(&self) -> Option<Time> {
        let timer = self.ledger.loss_at().or_else(|| self.probe_at());
        [timer, self.pace.held_until()].into_iter().flatten().min()
    }

    fn probe_at(&self) -> Option<Time> {
        let doubled = 1 << self.timeouts_in_row.min(MAX_DOUBLINGS);
        let waits = self.ledger.in_flight() > 0;
        waits.then(|| self.last_sent + self.rtt.probe_timeout() * doubled)
    }

    /// An acknowledgement arrived.
    pub(super) fn on_ack(&mut self, frame: &AckFrame, now: Time) {
        let flight = self.ledger.in_flight() as f64;
        let arrivals = self.ledger.acknowledge(frame, now);
        if let Some(rtt) = arrivals.rtt {
            self.rtt.sample(rtt, Duration::from_micros(frame.delay_us.into()), now);
        }
        for &(offset, length) in &arrivals.parts {
            let end = offset + u64::from(length);
            if !self.arrived.holds(offset, end) {
                self.stats.acknowledged += u64::from(length);
                self.arrived.insert(offset, end);
            }
        }
        if !arrivals.parts.is_empty() {
            self.timeouts_in_row = 0;
        }
        let lost = self.ledger.detect_losses(self.rtt.loss_delay(), now);
        self.repair(&lost, flight, now);
        self.tell(&arrivals, lost.len(), frame.marks, flight, now);
    }

    /// Tells the controller what an acknowledgement came to.
    fn tell(&mut self, arrivals: &Arrivals, lost: usize, marks: u32, flight: f64, now: Time) {
        let marked = marks.saturating_sub(self.marks);
        self.marks = self.marks.max(marks);
        self.stats.marks += u64::from(marked);
        if arrivals.parts.is_empty() && lost == 0 && marked == 0 {
            return;
        }
        let recovers = self
            .recovery
            .is_some_and(|begun| self.ledger.latest_arrival().is_none_or(|latest| latest <= begun));
        self.congestion.on_ack(&Ack {
            now,
            acked: arrivals.parts.len() as f64,
            marked: f64::from(marked),
            lost: lost as f64,
            rtt: arrivals.rtt,
            smoothed_rtt: self.rtt.mean().unwrap_or(Duration::ZERO),
            prior_flight: flight,
            flight: self.ledger.in_flight() as f64,
            delivered: self.ledger.delivered(),
            prior_delivered: arrivals.sampled.prior_delivered,
            round_ended: arrivals.sampled.round_ended,
            rate: arrivals.sampled.rate,
            // What pacing holds back counts as sent (section 7.8).
            window_limited: self.fresh.is_some() || flight + 1.0 >= self.window(),
            phase: if recovers { Phase::FastRecovery } else { Phase::Open },
        });
    }

    /// Takes in losses: what they do to the window, and what is to be sent again.
    fn repair(&mut self, lost: &[Lost], flight: f64, now: Time) {
        for one in lost {
            self.congestion.on_lost(&one.told);
            let (offset, length) = one.part;
            if !self.arrived.holds(offset, offset + u64::from(length)) {
                self.repairs.push_back(one.part);
            }
        }
        // Section 7.3.2: one reduction for all that was sent before it.
        if lost.iter().any(|one| self.recovery.is_none_or(|begun| one.sent_at > begun)) {
            self.congestion.on_loss(flight, now);
            self.recovery = Some(now);
            self.stats.recoveries += 1;
        }
        if self.persists(lost) {
            // Section 7.6.2: the window is the least one, and the threshold stays.
            self.congestion.on_timeout(&Timeout { now, flight, repeated: true });
            self.recovery = None;
        }
    }

    /// Whether a row of losses, with nothing between that arrived, is so long that congestion
    /// persists (section 7.6).
    fn persists(&self, lost: &[Lost]) -> bool {
        let rows = lost.chunk_by(|one, next| one.number + 1 == next.number);
        rows.into_iter().any(|row| {
            let span = row[row.len() - 1].sent_at.since(row[0].sent_at);
            self.rtt.persistent(row[0].sent_at).is_some_and(|least| span > least)
        })
    }

    /// Time went on.
    pub(super) fn on_time(&mut self, now: Time) {
        if self.ledger.loss_at().is_some_and(|at| at <= now) {
            let flight = self.ledger.in_flight() as f64;
            let lost = self.ledger.detect_losses(self.rtt.loss_delay(), now);
            self.repair(&lost, flight, now);
            self.tell(&Arrivals::default(), lost.len(), self.marks, flight, now);
        } else if self.ledger.loss_at().is_none() && self.probe_at().is_some_and(|at| at <= now) {
            self.stats.timeouts += 1;
            self.timeouts_in_row += 1;
            self.probes = PROBES;
        }
    }

    /// The next packet that may be sent now.
    pub(super) fn poll(&mut self, now: Time) -> Option<QuicPacket> {
        self.pace.release();
        let is_probe = self.probes > 0;
        if !is_probe && self.ledger.in_flight() as f64 + 1.0 > self.window() {
            return None;
        }
        if !is_probe && self.repairs.is_empty() && self.fresh.is_none() {
            self.ledger.limit_by_application();
            return None;
        }
        if !is_probe && self.pace.holds(now) {
            return None;
        }
        let part = self.part(is_probe)?;
        self.probes = self.probes.saturating_sub(1);
        self.pace.sent(f64::from(part.1) / f64::from(DATA_BYTES), self.pacing_rate(), now);
        self.stats.segments += 1;
        self.last_sent = now;
        let number = self.ledger.send(part, now);
        Some(QuicPacket::Data { number, offset: part.0, length: part.1 })
    }

    /// What goes out next: what is lost, then new data; in a probe what was sent first, if there is
    /// no other.
    fn part(&mut self, is_probe: bool) -> Option<Part> {
        let room = self.ledger.in_flight() < MAX_OUTSTANDING;
        if let Some(part) = self.repairs.pop_front() {
            self.stats.retransmissions += 1;
            return Some(part);
        }
        if let Some(offset) = self.fresh.filter(|_| room) {
            self.fresh = Some(offset + u64::from(DATA_BYTES));
            return Some((offset, DATA_BYTES));
        }
        let part = self.ledger.oldest().filter(|_| is_probe);
        self.probes = if part.is_some() { self.probes } else { 0 };
        self.stats.retransmissions += u64::from(part.is_some());
        part
    }

    /// Packets per second (section 7.7).
    fn pacing_rate(&self) -> f64 {
        self.congestion.pacing_rate().unwrap_or_else(|| {
            let (steady, slow) = PACING;
            let gain = if self.congestion.in_slow_start() { slow } else { steady };
            gain * self.window() / self.rtt.assumed().as_secs_f64()
        })
    }
}
