//! The controller: hands what it is told to its parts and puts their answers together.

use std::time::{Duration, Instant};

use super::alr::Alr;
use super::backoff::Backoff;
use super::config::GoogCcConfig;
use super::delay::{Delay, Known};
use super::loss::{Around, Limited, Loss};
use super::marks::Marks;
use super::probe_control::{Cause, ProbeControl};
use super::probe_estimate::ProbeEstimate;
use super::throughput::Throughput;
use crate::bitrate::Bitrate;
use crate::congestion::controller::{CongestionController, Limits, Target};
use crate::feedback::{Arrival, SentPacket, TransportFeedback};

/// Packets of one feedback that are looked at, the newest: more than half of the sequence numbers
/// that a message of feedback can tell of is nothing that was sent in one round trip.
const RESULTS_MAX: usize = 1 << 15;

/// While nothing was heard, packets may leave faster: nothing is known to be in their way
/// (libwebrtc without an estimate).
const PACING_PERCENT_FIRST: u32 = 250;

/// Bounds of the pacing rate, in percent of the target.
const PACING_PERCENT: std::ops::RangeInclusive<u32> = 110..=250;

/// The rate of an outage does not fall below this, in bits per second.
const OUTAGE_BPS_MIN: f64 = 5_000.0;

/// The window is never smaller: two packets, so that there is feedback at all.
const WINDOW_BYTES_MIN: u64 = 3_000;

/// Weight of a measured round trip in the mean (RFC 6298 section 2).
const ROUND_TRIP_WEIGHT: u32 = 8;
/// A round trip before one was measured, and the longest that counts.
const ROUND_TRIP: Duration = Duration::from_millis(200);
const ROUND_TRIP_MAX: Duration = Duration::from_secs(10);

/// Congestion control after GoogCC.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::Bitrate;
/// use lapwing_engine::congestion::{CongestionController, GoogCc, GoogCcConfig};
///
/// let now = Instant::now();
/// let mut controller = GoogCc::new(GoogCcConfig::default(), now);
/// let target = controller.update(now);
/// assert_eq!(target.rate, Bitrate::kbps(300));
/// let probes: Vec<_> = target.probes.into_iter().flatten().map(|probe| probe.rate).collect();
/// assert_eq!(probes, [Bitrate::kbps(900), Bitrate::kbps(1_800)]);
/// ```
#[derive(Debug)]
pub struct GoogCc {
    config: GoogCcConfig,
    limits: Limits,
    /// The estimate before the limits, in bits per second.
    estimate: f64,
    /// The target, in bits per second.
    bps: f64,
    heard: bool,
    round_trip: Duration,
    receiver_limit: Option<Bitrate>,
    alr: Alr,
    throughput: Throughput,
    delay: Delay,
    marks: Marks,
    loss: Loss,
    backoff: Backoff,
    probe_control: ProbeControl,
    probe_estimate: ProbeEstimate,
    /// The number of the last packet that was told of.
    told: u64,
    /// Places in a feedback's results, by arrival.
    order: Vec<u32>,
}

impl GoogCc {
    /// A controller that begins at `now`.
    pub fn new(config: GoogCcConfig, now: Instant) -> Self {
        let bps = config.limits.clamp(config.start).as_bps() as f64;
        let mut probe_control = ProbeControl::new(bps, config.limits, now);
        probe_control.begin(bps, now);
        let mut alr = Alr::new();
        alr.set_target(bps);
        GoogCc {
            config,
            limits: config.limits,
            estimate: bps,
            bps,
            heard: false,
            round_trip: ROUND_TRIP,
            receiver_limit: None,
            alr,
            throughput: Throughput::new(),
            delay: Delay::new(bps),
            marks: Marks::default(),
            loss: Loss::new(),
            backoff: Backoff::default(),
            probe_control,
            probe_estimate: ProbeEstimate::new(),
            told: 0,
            order: Vec::new(),
        }
    }

    /// The mean round trip.
    pub fn round_trip(&self) -> Duration {
        self.round_trip
    }

    fn measure_round_trip(&mut self, round_trip: Duration) {
        let measured = round_trip.min(ROUND_TRIP_MAX);
        self.round_trip = if self.heard {
            (self.round_trip * (ROUND_TRIP_WEIGHT - 1) + measured) / ROUND_TRIP_WEIGHT
        } else {
            measured
        };
        self.delay.set_round_trip(self.round_trip);
    }

    /// Sorts what was received by its arrival.
    fn sort(&mut self, feedback: &TransportFeedback) {
        let results = &feedback.results;
        let first = results.len().saturating_sub(RESULTS_MAX);
        self.order.clear();
        let received =
            (first..results.len()).filter(|place| results[*place].arrived_at().is_some());
        self.order.extend(received.map(|place| place as u32));
        self.order.sort_unstable_by_key(|place| {
            let result = &results[*place as usize];
            (result.arrived_at(), result.sent.number, *place)
        });
    }

    /// Hands each received packet to the parts that look at arrivals. Gives the result of a probe.
    fn arrivals(&mut self, feedback: &TransportFeedback) -> Option<f64> {
        let mut probe = None;
        let first = feedback.results.first().map_or(0, |result| result.sent.number);
        let mut after_hole = first > self.told.saturating_add(1);
        let last = feedback.results.last().map_or(0, |result| result.sent.number);
        self.told = last;
        for place in &self.order {
            let result = &feedback.results[*place as usize];
            let Arrival::Received { at, .. } = result.arrival else { continue };
            let sent = &result.sent;
            self.throughput.on_packet(sent.sent_at, at, sent.size, after_hole);
            after_hole = false;
            let slope = sent.probe.is_none();
            self.delay.on_packet(sent.sent_at, at, feedback.received_at, slope);
            probe = self.probe_estimate.on_result(result).or(probe);
        }
        probe
    }

    /// What limits the target.
    fn cause(&self) -> Cause {
        match self.loss.limited() {
            _ if self.backoff.is_outage() => Cause::Outage,
            Limited::Increasing => Cause::LossGrows,
            Limited::Decreasing => Cause::LossFalls,
            Limited::ByDelay if self.delay.is_strained() => Cause::DelayGrows,
            Limited::ByDelay => Cause::Delay,
        }
    }

    /// The estimates changed, or what bounds them.
    fn combine(&mut self, now: Instant) {
        if !self.backoff.is_outage() {
            let estimate = self.loss.bps().or(self.delay.bps()).unwrap_or(self.estimate);
            self.estimate = estimate.min(self.delay.bps().unwrap_or(f64::INFINITY));
        }
        self.bound();
        self.alr.set_target(self.bps);
        self.probe_control.set_estimate(self.bps, self.cause(), now);
    }

    fn bound(&mut self) {
        let estimate = Bitrate::bps(self.estimate as u64);
        let rate = match self.receiver_limit {
            // Without feedback of the transport nobody knows better.
            Some(limit) if !self.heard => limit,
            Some(limit) => estimate.min(limit),
            None => estimate,
        };
        let rate = self.limits.clamp(rate);
        self.bps = rate.as_bps() as f64;
    }

    fn window(&self) -> Option<u64> {
        let more = self.config.window?;
        let bytes = Bitrate::bps(self.bps as u64).bytes_in(self.round_trip + more);
        Some(bytes.max(WINDOW_BYTES_MIN))
    }

    fn pacing(&self) -> Bitrate {
        let percent =
            self.config.pacing_percent.clamp(*PACING_PERCENT.start(), *PACING_PERCENT.end());
        let percent = if self.heard { percent } else { PACING_PERCENT_FIRST };
        Bitrate::bps((self.bps * f64::from(percent) / 100.0) as u64)
    }
}

impl CongestionController for GoogCc {
    fn on_sent(&mut self, packet: &SentPacket) {
        self.alr.on_sent(packet.size, packet.sent_at);
        self.backoff.on_sent(packet.sent_at);
        self.probe_control.set_alr(self.alr.since(), packet.sent_at);
    }

    fn on_feedback(&mut self, feedback: &TransportFeedback) {
        if feedback.results.is_empty() {
            return;
        }
        let now = feedback.received_at;
        let round_trip = feedback.round_trip();
        if let Some(round_trip) = round_trip {
            self.measure_round_trip(round_trip);
        }
        let outage = self.backoff.is_outage();
        self.heard = true;
        self.backoff.on_heard(round_trip.map(|round_trip| round_trip.min(ROUND_TRIP_MAX)));
        if outage && !self.backoff.is_outage() {
            // What was known before the outage is old.
            self.delay.set(self.bps, now);
            self.loss.set(self.bps);
        }
        self.sort(feedback);
        let probe = self.arrivals(feedback);
        let (throughput, recent) = (self.throughput.bps(), self.throughput.recent_bps());
        let carried = self.throughput.carried_bps();
        let in_alr = self.alr.since().is_some();
        // One that finds less than is there was disturbed; delay and loss tell of less.
        let probe = probe.filter(|probe| *probe > self.bps);
        let marks = self.marks.on_feedback(feedback, self.round_trip);
        let lost = feedback.losses().0 > 0;
        let known = Known { throughput, recent, carried, probe, lost, marks };
        let change = self.delay.decide(known, now);
        // What must be sent is sent: an estimate below it could only come back late.
        self.delay.raise_to(self.limits.clamp(Bitrate::ZERO).as_bps() as f64);
        if let Some(delay) = self.delay.bps() {
            if let Some(probe) = probe.filter(|_| self.loss.takes_probes(throughput)) {
                self.loss.set(probe.min(delay));
            }
            if change.back {
                self.loss.resume(delay);
            }
            self.loss.on_feedback(&feedback.results, Around { delay, throughput, in_alr });
        }
        self.combine(now);
        if change.recovered {
            self.probe_control.on_recovered(now);
        }
        if change.updated {
            self.probe_control.on_queue(change.empty, throughput.unwrap_or(0.0), now);
        }
        if change.freed {
            self.probe_control.on_freed(now);
        }
    }

    fn on_round_trip(&mut self, round_trip: Duration, _: Instant) {
        if !self.heard {
            // Without feedback of the transport this is the sign of life there is.
            self.backoff.on_heard(Some(round_trip.min(ROUND_TRIP_MAX)));
        }
    }

    fn on_receiver_limit(&mut self, limit: Option<Bitrate>, now: Instant) {
        self.receiver_limit = limit;
        if !self.heard {
            self.backoff.on_heard(None);
        }
        self.combine(now);
    }

    fn on_path_changed(&mut self, now: Instant) {
        let start = self.limits.clamp(self.config.start).as_bps() as f64;
        let fresh = GoogCc::new(GoogCcConfig { limits: self.limits, ..self.config }, now);
        let bps = self.bps.min(start);
        let before = std::mem::replace(self, fresh);
        self.receiver_limit = before.receiver_limit;
        self.probe_control.continue_names(&before.probe_control);
        self.delay = Delay::new(bps);
        (self.estimate, self.bps) = (bps, bps);
    }

    fn set_limits(&mut self, limits: Limits, now: Instant) {
        if limits == self.limits {
            return;
        }
        self.limits = limits;
        self.probe_control.set_limits(limits, now);
        self.combine(now);
    }

    fn update(&mut self, now: Instant) -> Target {
        if let Some(part) = self.backoff.fall(now) {
            self.estimate = (self.bps * part).max(OUTAGE_BPS_MIN.min(self.bps));
            self.combine(now);
        }
        let probes = self.probe_control.take(now);
        for probe in probes.iter().flatten() {
            self.probe_estimate.expect(*probe);
        }
        let rate = Bitrate::bps(self.bps as u64);
        let padded = self.loss.is_padded(now);
        Target {
            rate,
            pacing: self.pacing(),
            window: self.window(),
            padding: if padded { rate } else { Bitrate::ZERO },
            probes,
        }
    }

    fn next_wakeup(&self) -> Option<Instant> {
        let padding = self.loss.padding_until();
        [self.backoff.next_at(), self.probe_control.next_at(), padding].into_iter().flatten().min()
    }
}
