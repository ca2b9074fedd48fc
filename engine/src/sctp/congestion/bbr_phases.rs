//! What a sender with a model does, and when it does something else.
//!
//! Startup doubles what is sent until the rate grows no more, or too much is lost; drain takes back
//! what that left in queues. Then cycles: down (a little less than the rate, until queues are
//! empty), cruise (the rate, for some seconds), refill (the rate, for a round), up (a quarter more,
//! until a queue builds up or too much is lost). On a path without a queue, up goes by steps: a
//! little more than fills it, then the rate for a round trip (hold), to see whether more arrives.
//! From time to time little is sent, to see the round trip without a queue.

use std::time::{Duration, Instant};

use super::bbr_model::{Model, is_limited};
use super::controller::{Ack, Loss};

/// Rounds without a quarter of growth end the begin.
const FULL_ROUNDS: u32 = 3;

/// Packets lost in a round end it, where they are too much as well.
const FULL_LOSSES: u32 = 6;

/// It goes on where some of them were only overtaken, if there were no more than these: a queue
/// that overflows loses many. And not more often than this.
const OVERTAKEN_MAX: u32 = 32;
const RESUMED_MAX: u32 = 3;

/// Of the bound, what is left for others while cruising (in percent).
const HEADROOM_PERCENT: usize = 85;

/// How long it cruises: of two to three seconds, by turns.
const CRUISE: [Duration; 4] = [
    Duration::from_millis(2_000),
    Duration::from_millis(2_600),
    Duration::from_millis(2_300),
    Duration::from_millis(2_900),
];

/// Rounds after which a loss-based sender of this window would have come back.
const CRUISE_ROUNDS_MAX: u32 = 63;

/// What steps of growth add to what fills the path, in its parts. The first makes a queue of a
/// sixteenth of a round trip, where the path carries no more: the draft's quarter is felt by short
/// messages. Those after it know that there is more.
const STEP_DIVISORS: [usize; 3] = [16, 8, 4];
const STEP_MIN_PACKETS: usize = 3;

/// Steps that may follow each other.
const STEPS_MAX: usize = 8;

/// How often little is sent, and for how long.
const ROUND_TRIP_EVERY: Duration = Duration::from_secs(5);
const ROUND_TRIP_FOR: Duration = Duration::from_millis(200);

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Startup,
    Drain,
    Down,
    Cruise,
    Refill,
    Up,
    Hold,
    ProbeRoundTrip { until: Option<Instant> },
}

/// The phase, and what leads to the next.
#[derive(Clone, Debug)]
pub(super) struct Phases {
    phase: Phase,
    since: Instant,
    rounds: u32,
    cycles: usize,
    /// The rate that was to be exceeded, and rounds in which it was not.
    full_rate: u64,
    full_rounds: u32,
    is_full: bool,
    /// The last time that little was on the way.
    low_at: Instant,
    /// A probe found too much.
    is_over: bool,
    /// Rounds of growth while probing: by how much the bound rises.
    up_rounds: u32,
    /// What was on the way when growth began: more of it than fills the path is others' queue.
    up_from: usize,
    /// Steps of growth on a path without a queue that brought more, and the rate before the last.
    steps: usize,
    step_rate: u64,
    /// Packets whose loss ended the begin, until it probes again.
    ended_by: Option<u32>,
    resumed: u32,
}

impl Phases {
    pub(super) fn new(now: Instant) -> Self {
        Phases {
            phase: Phase::Startup,
            since: now,
            rounds: 0,
            cycles: 0,
            full_rate: 0,
            full_rounds: 0,
            is_full: false,
            low_at: now,
            is_over: false,
            up_rounds: 0,
            up_from: 0,
            steps: 0,
            step_rate: 0,
            ended_by: None,
            resumed: 0,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// More is sent than is known to be safe.
    pub(super) fn is_probing(&self) -> bool {
        matches!(self.phase, Phase::Startup | Phase::Refill | Phase::Up | Phase::Hold)
    }

    /// Of the rate, what is sent, in percent.
    pub(super) fn rate_gain(&self) -> u64 {
        match self.phase {
            Phase::Startup => 277,
            // Not by the window, which would hold back short messages for half a round trip.
            Phase::Drain | Phase::ProbeRoundTrip { .. } => 50,
            Phase::Down => 90,
            Phase::Cruise | Phase::Refill | Phase::Hold => 100,
            Phase::Up => 125,
        }
    }

    /// Of what fills the path, what may be on the way, in percent.
    pub(super) fn window_gain(&self) -> u64 {
        match self.phase {
            Phase::Up => 225,
            _ => 200,
        }
    }

    /// What may be on the way by what was too much. Where others fill the queue, what is left free
    /// would be theirs.
    pub(super) fn bound(&self, model: &Model) -> Option<usize> {
        let high = model.in_flight_high?;
        let leaves = matches!(self.phase, Phase::Cruise | Phase::Down) && !model.has_queue();
        Some(if leaves { high / 100 * HEADROOM_PERCENT } else { high })
    }

    fn enter(&mut self, phase: Phase, now: Instant) {
        self.phase = phase;
        self.since = now;
        self.rounds = 0;
    }

    pub(super) fn on_ack(&mut self, model: &mut Model, ack: &Ack, is_round: bool, packet: usize) {
        self.rounds += u32::from(is_round);
        if is_round && !self.is_full {
            self.look_for_the_end_of_growth(model, ack);
        }
        self.advance(model, ack, is_round, packet);
        self.probe_round_trip(model, ack);
    }

    fn look_for_the_end_of_growth(&mut self, model: &Model, ack: &Ack) {
        if is_limited(ack.sample) {
            return;
        }
        if model.rate_max() * 4 >= self.full_rate * 5 {
            self.full_rate = model.rate_max();
            self.full_rounds = 0;
            return;
        }
        self.full_rounds += 1;
        self.is_full = self.full_rounds >= FULL_ROUNDS;
    }

    fn advance(&mut self, model: &mut Model, ack: &Ack, is_round: bool, packet: usize) {
        let now = ack.now;
        match self.phase {
            Phase::Startup => {
                let lost = model.losses_of_round >= FULL_LOSSES
                    && model.is_too_much(model.lost_of_round, ack.in_flight_before);
                if is_round && lost {
                    self.is_full = true;
                    let delivered = ack.sample.map_or(0, |sample| sample.delivered);
                    let high = model.product().max(usize::try_from(delivered).unwrap_or(0));
                    model.in_flight_high = Some(high);
                    self.ended_by = Some(model.losses_of_round);
                }
                if self.is_full {
                    self.enter(Phase::Drain, now);
                }
            }
            Phase::Drain => {
                if ack.in_flight <= model.product() || self.rounds > 3 {
                    self.go_down(model, now);
                }
            }
            Phase::Down => {
                let high = self.bound(model).unwrap_or(usize::MAX);
                if ack.in_flight <= model.product().min(high) || self.rounds > 3 {
                    self.enter(Phase::Cruise, now);
                }
            }
            Phase::Cruise => {
                let packets = model.product() / packet.max(1);
                let rounds = u32::try_from(packets).unwrap_or(u32::MAX).min(CRUISE_ROUNDS_MAX);
                let wait = CRUISE[self.cycles % CRUISE.len()];
                let is_over = now.saturating_duration_since(self.since) >= wait;
                if is_over || self.rounds >= rounds.max(1) {
                    model.forget_bounds();
                    self.enter(Phase::Refill, now);
                }
            }
            Phase::Refill => {
                if self.rounds > 0 {
                    self.is_over = false;
                    self.ended_by = None;
                    self.up_rounds = 0;
                    self.up_from = ack.in_flight_before;
                    self.steps = 0;
                    self.step_rate = model.rate_max();
                    self.enter(Phase::Up, now);
                }
            }
            Phase::Up => self.go_up(model, ack, is_round, packet),
            Phase::Hold => self.hold(model, ack),
            Phase::ProbeRoundTrip { .. } => {}
        }
    }

    fn go_down(&mut self, model: &mut Model, now: Instant) {
        model.end_cycle();
        self.cycles += 1;
        self.enter(Phase::Down, now);
    }

    fn go_up(&mut self, model: &mut Model, ack: &Ack, is_round: bool, packet: usize) {
        if self.is_over {
            self.go_down(model, ack.now);
            return;
        }
        // The bound rises while it is used, faster from round to round.
        if let Some(high) = &mut model.in_flight_high
            && ack.in_flight_before + 3 * packet >= *high
        {
            *high += ack.bytes.min(*high >> 10 << self.up_rounds.min(10)).max(1);
        }
        if is_round {
            self.up_rounds += 1;
        }
        if self.has_stepped(model, ack, packet) {
            self.enter(Phase::Hold, ack.now);
            return;
        }
        let trip = model.round_trip().unwrap_or_default();
        let is_long = ack.now.saturating_duration_since(self.since) > trip;
        // What waits already when growth begins is others' as well, up to what the window holds.
        let product = model.product();
        let queue_from = (product.max(self.up_from) / 4 * 5).min(product * 2).max(product / 4 * 5);
        let has_queue = ack.in_flight_before > queue_from;
        let is_limited = is_limited(ack.sample);
        if is_long && (has_queue || is_limited || self.rounds > 4) {
            self.go_down(model, ack.now);
        }
    }

    fn step_divisor(&self) -> usize {
        STEP_DIVISORS[self.steps.min(STEP_DIVISORS.len() - 1)]
    }

    /// As much is on the way as a step adds, where nothing waited when growth began.
    fn has_stepped(&self, model: &Model, ack: &Ack, packet: usize) -> bool {
        let product = model.product();
        let step = (product / self.step_divisor()).max(STEP_MIN_PACKETS * packet);
        self.up_from <= product + step && ack.in_flight_before > product.max(self.up_from) + step
    }

    /// What a step sent has arrived after a round trip: at a higher rate, or it waits.
    fn hold(&mut self, model: &mut Model, ack: &Ack) {
        let trip = model.round_trip().unwrap_or_default();
        if !self.is_over && ack.now.saturating_duration_since(self.since) <= trip {
            return;
        }
        // By half of the step.
        let more = self.step_rate / (2 * self.step_divisor() as u64);
        let has_grown = model.rate_max() >= self.step_rate + more;
        self.steps += 1;
        if self.is_over || !has_grown || self.steps >= STEPS_MAX {
            self.go_down(model, ack.now);
            return;
        }
        self.step_rate = model.rate_max();
        self.up_from = ack.in_flight_before;
        self.enter(Phase::Up, ack.now);
    }

    /// Too much of what was on the way was lost.
    pub(super) fn on_too_much(&mut self, model: &mut Model, loss: &Loss) {
        if !matches!(self.phase, Phase::Refill | Phase::Up | Phase::Hold) || self.is_over {
            return;
        }
        self.is_over = true;
        let least = model.product() / 10 * 7;
        model.in_flight_high = Some(loss.in_flight_sent.max(least));
    }

    pub(super) fn on_loss(&mut self) {
        self.ended_by = self.ended_by.map(|losses| losses.saturating_add(1));
    }

    /// What was taken for lost arrived. Where that ended the begin, it goes on.
    pub(super) fn on_spurious_loss(&mut self, model: &mut Model) {
        let few = self.ended_by.take().is_some_and(|losses| losses <= OVERTAKEN_MAX);
        if few && self.resumed < RESUMED_MAX {
            self.resumed += 1;
            self.is_full = false;
            self.full_rounds = 0;
            self.phase = Phase::Startup;
            model.in_flight_high = None;
        }
    }

    fn probe_round_trip(&mut self, model: &mut Model, ack: &Ack) {
        let now = ack.now;
        let is_low = ack.in_flight <= model.product() / 2;
        if let Phase::ProbeRoundTrip { until } = self.phase {
            self.stay_low(until, is_low, model, now);
        } else if ack.is_app_limited || is_low {
            // What an application that has little to send leaves free shows it as well.
            self.low_at = now;
        } else if self.is_full && now.saturating_duration_since(self.low_at) > ROUND_TRIP_EVERY {
            self.enter(Phase::ProbeRoundTrip { until: None }, now);
        }
    }

    /// Little is on the way for a while, once what was has drained.
    fn stay_low(&mut self, until: Option<Instant>, is_low: bool, model: &mut Model, now: Instant) {
        match until {
            None if is_low || self.rounds > 2 => {
                self.phase = Phase::ProbeRoundTrip { until: Some(now + ROUND_TRIP_FOR) };
            }
            Some(until) if now >= until && self.rounds > 0 => {
                self.low_at = now;
                model.end_cycle();
                self.cycles += 1;
                self.enter(Phase::Cruise, now);
            }
            _ => {}
        }
    }
}
