//! BBR version 3 (draft-ietf-ccwg-bbr): the sender paces at the greatest rate of delivery of two
//! probes, and bounds what is on its way by what losses told.
//!
//! 1. Startup multiplies the rate by up to 2.77 in a round trip until it grows no more, or too much
//!    is lost. Drain empties the queue that this made.
//! 2. ProbeBW goes round: `Down` lets the queue drain, `Cruise` leaves room for others, `Refill`
//!    fills the pipe, `Up` looks for more. Losses in `Up` set the long-term bound, losses elsewhere
//!    the short-term one, which ends with the next probe.
//! 3. ProbeRTT, when the least round-trip time is older than five seconds, halves what is on its
//!    way for 200 ms.
//!
//! The numbers are those of the draft of August 2026. No losses are found spurious here, so nothing
//! is undone; of lost ranges the segments are counted.

use std::time::Duration;

use crate::cross::control::bbr3_bounds::{BETA, Latest, ShortTerm};
use crate::cross::control::bbr3_cycle::{Cycle, Feedback, LastProbe};
use crate::cross::control::bbr3_floor::{ExtraAcked, LeastRtt};
use crate::cross::control::controller::{
    Ack, CongestionControl, INITIAL_WINDOW, LostSegment, Phase, Timeout,
};
use crate::cross::control::filters::{FullPipe, MaxFilter, Rounds};
use crate::random::{Seed, Stream};
use crate::time::Time;

const STARTUP_GAIN: f64 = 2.77;
const DRAIN_GAIN: f64 = 0.5;
/// Round trips for which Drain lasts at most.
const DRAIN_ROUNDS: u64 = 3;
const PACING: f64 = 0.99;
/// BBR.LossThresh: more is too much.
const LOSS_THRESHOLD: f64 = 0.02;
/// Losses in a round trip that end Startup.
const STARTUP_LOSSES: f64 = 6.0;
/// BBR.Headroom: what is left for others while cruising.
const HEADROOM: f64 = 0.15;
const MIN_WINDOW: f64 = 4.0;
const PROBE_RTT: Duration = Duration::from_millis(200);
/// BBR.MaxBwFilterLen: the present cycle and the one before.
const RATE_CYCLES: u64 = 1;

/// See the file's head.
#[derive(Clone, Debug)]
pub struct Bbr3 {
    state: State,
    rates: MaxFilter,
    cycles: u64,
    rounds: Rounds,
    full: FullPipe,
    cycle: Cycle,
    short: ShortTerm,
    /// BBR.inflight_longterm.
    long: f64,
    latest: Latest,
    rtt: LeastRtt,
    extra: ExtraAcked,
    window: f64,
    pacing_rate: f64,
    prior_window: f64,
    phase: Phase,
    idle_restart: bool,
    /// Samples are as if limited by the application until so many have arrived.
    limited_until: u64,
    stream: Stream,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Startup,
    Drain { since_round: u64 },
    Down,
    Cruise,
    Refill,
    Up,
    ProbeRtt { done: Option<Time>, round_done: bool },
}

impl Default for Bbr3 {
    fn default() -> Self {
        Bbr3::new(Seed(0).stream("bbr3"))
    }
}

impl Bbr3 {
    /// When it probes is drawn from the stream, so that flows do not do so together.
    pub fn new(stream: Stream) -> Self {
        Bbr3 {
            state: State::Startup,
            rates: MaxFilter::new(RATE_CYCLES),
            cycles: 0,
            rounds: Rounds::default(),
            full: FullPipe::default(),
            cycle: Cycle::default(),
            short: ShortTerm::default(),
            long: f64::INFINITY,
            latest: Latest::default(),
            rtt: LeastRtt::default(),
            extra: ExtraAcked::default(),
            window: INITIAL_WINDOW,
            pacing_rate: STARTUP_GAIN * INITIAL_WINDOW / 1e-3,
            prior_window: 0.0,
            phase: Phase::Open,
            idle_restart: false,
            limited_until: 0,
            stream,
        }
    }

    /// BBR.bw: the rate that the path has, in segments per second.
    pub fn bandwidth(&self) -> f64 {
        self.rates.max().min(self.short.bandwidth)
    }

    /// BBR.min_rtt.
    pub fn least_rtt(&self) -> Option<Duration> {
        self.rtt.least
    }

    /// Whether it looks for the least round-trip time.
    pub fn probes_rtt(&self) -> bool {
        matches!(self.state, State::ProbeRtt { .. })
    }

    fn probes_bandwidth(&self) -> bool {
        matches!(self.state, State::Startup | State::Refill | State::Up)
    }

    fn is_in_probe_bw(&self) -> bool {
        matches!(self.state, State::Down | State::Cruise | State::Refill | State::Up)
    }

    fn bdp(&self, gain: f64) -> f64 {
        let rtt = self.rtt.least;
        rtt.map_or(INITIAL_WINDOW, |rtt| gain * self.bandwidth() * rtt.as_secs_f64())
    }

    /// What the ends need beside what fills the path.
    fn quantized(&self, inflight: f64) -> f64 {
        let quantum = (self.pacing_rate * 1e-3).clamp(2.0, 45.0);
        let up = if self.state == State::Up { 2.0 } else { 0.0 };
        inflight.max(3.0 * quantum).max(MIN_WINDOW) + up
    }

    fn with_headroom(&self) -> f64 {
        if self.long == f64::INFINITY {
            return self.long;
        }
        (self.long - (HEADROOM * self.long).max(1.0)).max(MIN_WINDOW)
    }

    fn target(&self) -> f64 {
        self.bdp(1.0).min(self.window)
    }

    fn update_rate(&mut self, ack: &Ack) {
        self.latest.on_ack(ack);
        self.rounds.on_ack(ack);
        self.cycle.rounds += u64::from(self.rounds.started);
        if let Some(sample) = ack.rate {
            let limited = self.is_limited(ack);
            if !limited || sample.rate >= self.rates.max() {
                self.rates.update(self.cycles, sample.rate);
            }
        }
        if self.latest.ended && self.latest.lost > 0.0 && !self.probes_bandwidth() {
            self.short.shrink(&self.latest, self.rates.max(), self.window);
        }
    }

    /// Whether the rate of a sample is the application's or ProbeRTT's.
    fn is_limited(&self, ack: &Ack) -> bool {
        let held_back = ack.prior_delivered.is_some_and(|prior| prior <= self.limited_until);
        ack.rate.is_none_or(|sample| sample.app_limited) || (held_back && self.limited_until > 0)
    }

    fn leave_startup(&mut self, ack: &Ack) {
        if self.rounds.started && !self.is_limited(ack) {
            self.full.on_round(ack.rate.map_or(0.0, |sample| sample.rate));
        }
        let share = self.latest.lost / (self.latest.lost + self.latest.inflight).max(1.0);
        let lossy = self.latest.lost >= STARTUP_LOSSES && share > LOSS_THRESHOLD;
        if self.state == State::Startup && self.latest.ended && lossy {
            (self.full.now, self.full.reached) = (true, true);
            self.long = self.bdp(1.0).max(self.latest.inflight);
        }
        if self.state == State::Startup && self.full.reached {
            self.state = State::Drain { since_round: self.rounds.count };
        }
        if let State::Drain { since_round } = self.state {
            let drained = ack.flight <= self.quantized(self.bdp(1.0));
            if drained || self.rounds.count > since_round + DRAIN_ROUNDS {
                self.start_down(ack.delivered, ack.now);
            }
        }
    }

    fn start_down(&mut self, delivered: u64, now: Time) {
        self.latest.reset();
        self.cycle.end(&mut self.stream, now);
        self.rounds.restart(delivered);
        self.state = State::Down;
    }

    fn start_refill(&mut self, ack: &Ack) {
        self.short = ShortTerm::default();
        self.cycle.refill();
        self.rounds.restart(ack.delivered);
        self.state = State::Refill;
    }

    fn start_up(&mut self, ack: &Ack) {
        self.cycle.feedback = Feedback::Starting;
        self.cycle.judged_by_loss = true;
        self.rounds.restart(ack.delivered);
        self.full.reset(ack.rate.map_or(0.0, |sample| sample.rate));
        self.state = State::Up;
        self.cycle.steepen(self.window);
    }

    fn probe_bandwidth(&mut self, ack: &Ack) {
        if !self.full.reached || self.adapt_long_term(ack) {
            return;
        }
        let goes_down = self.state == State::Up && self.is_time_to_go_down(ack);
        match self.state {
            State::Down | State::Cruise if self.cycle.is_due(self.target(), ack.now) => {
                if self.cycle.last == LastProbe::Stopped {
                    self.cycle.last = LastProbe::Fine;
                }
                self.start_refill(ack);
            }
            State::Down => {
                let most = self.with_headroom().min(self.quantized(self.bdp(1.0)));
                if ack.flight <= most {
                    self.state = State::Cruise;
                }
            }
            State::Refill if self.rounds.started => self.start_up(ack),
            State::Up if goes_down => self.start_down(ack.delivered, ack.now),
            _ => {}
        }
    }

    fn is_time_to_go_down(&mut self, ack: &Ack) -> bool {
        if self.cycle.last == LastProbe::TooHigh && ack.flight >= self.long {
            self.cycle.last = LastProbe::Stopped;
            return true;
        }
        if self.is_window_limited(ack) && self.window >= self.long {
            self.full.reset(ack.rate.map_or(0.0, |sample| sample.rate));
        } else if self.full.now {
            self.cycle.last = LastProbe::Fine;
            return true;
        }
        false
    }

    fn is_window_limited(&self, ack: &Ack) -> bool {
        ack.prior_flight + 1.0 >= self.window
    }

    /// Moves the long-term bound; true when that decided what comes next.
    fn adapt_long_term(&mut self, ack: &Ack) -> bool {
        if self.rounds.started && self.cycle.feedback == Feedback::Starting {
            self.cycle.feedback = Feedback::Probing;
        }
        if self.rounds.started && self.cycle.feedback == Feedback::Stopping {
            self.cycle.judged_by_loss = false;
            self.cycle.feedback = Feedback::None;
            if self.is_in_probe_bw() && !self.is_limited(ack) {
                self.cycles += 1;
            }
            if self.is_in_probe_bw() && self.cycle.last == LastProbe::Stopped {
                // It stopped where the last was too high, and nothing was lost: on it goes.
                self.cycle.last = LastProbe::Fine;
                self.start_refill(ack);
                return true;
            }
        }
        let Some(sample) = ack.rate else { return false };
        if is_too_high(sample.lost, sample.tx_in_flight) || self.long == f64::INFINITY {
            return false;
        }
        self.long = self.long.max(sample.tx_in_flight);
        if self.state == State::Up && self.is_window_limited(ack) && self.window >= self.long {
            self.long += self.cycle.raise(ack.acked);
            if self.rounds.started {
                self.cycle.steepen(self.window);
            }
        }
        false
    }

    fn update_rtt(&mut self, ack: &Ack) {
        self.rtt.on_ack(ack);
        if self.rtt.expired && !self.idle_restart && !self.probes_rtt() {
            self.save_window();
            self.state = State::ProbeRtt { done: None, round_done: false };
            self.cycle.feedback = Feedback::Stopping;
            self.rounds.restart(ack.delivered);
        }
        if let State::ProbeRtt { done, round_done } = self.state {
            self.probe_rtt(ack, done, round_done);
        }
        self.idle_restart &= ack.acked == 0.0;
    }

    fn probe_rtt(&mut self, ack: &Ack, done: Option<Time>, round_done: bool) {
        // The low rate of this is not the path's.
        self.limited_until = ack.delivered + ack.flight as u64;
        let Some(done) = done else {
            if ack.flight <= self.probe_rtt_window() {
                self.rounds.restart(ack.delivered);
                let done = Some(ack.now + PROBE_RTT);
                self.state = State::ProbeRtt { done, round_done: false };
            }
            return;
        };
        let round_done = round_done || self.rounds.started;
        self.state = State::ProbeRtt { done: Some(done), round_done };
        if !round_done || ack.now <= done {
            return;
        }
        self.rtt.probe_at = ack.now;
        self.window = self.window.max(self.prior_window);
        self.short = ShortTerm::default();
        self.state = State::Startup;
        if self.full.reached {
            self.start_down(ack.delivered, ack.now);
            self.state = State::Cruise;
        }
    }

    fn probe_rtt_window(&self) -> f64 {
        self.bdp(0.5).max(MIN_WINDOW)
    }

    fn save_window(&mut self) {
        self.prior_window = match self.phase == Phase::Open && !self.probes_rtt() {
            true => self.window,
            false => self.prior_window.max(self.window),
        };
    }

    fn set_pacing_rate(&mut self) {
        let gain = match self.state {
            State::Startup => STARTUP_GAIN,
            State::Drain { .. } => DRAIN_GAIN,
            State::Down => 0.9,
            State::Up => 1.25,
            State::Cruise | State::Refill | State::ProbeRtt { .. } => 1.0,
        };
        let rate = gain * self.bandwidth() * PACING;
        if rate > 0.0 && (self.full.reached || rate > self.pacing_rate) {
            self.pacing_rate = rate;
        }
    }

    fn set_window(&mut self, ack: &Ack) {
        if self.phase != Phase::Open && ack.phase == Phase::Open {
            self.window = self.window.max(self.prior_window);
        }
        self.phase = ack.phase;
        let gain = match self.state {
            State::Up => 2.25,
            State::ProbeRtt { .. } => 0.5,
            _ => 2.0,
        };
        let most = self.quantized(self.bdp(gain) + self.extra.max());
        if self.full.reached {
            self.window = (self.window + ack.acked).min(most);
        } else if self.window < most || (ack.delivered as f64) < INITIAL_WINDOW {
            self.window += ack.acked;
        }
        self.window = self.window.max(MIN_WINDOW);
        if self.probes_rtt() {
            self.window = self.window.min(self.probe_rtt_window());
        }
        let cap = match self.state {
            State::Down | State::Refill | State::Up => self.long,
            State::Cruise | State::ProbeRtt { .. } => self.with_headroom(),
            State::Startup | State::Drain { .. } => f64::INFINITY,
        };
        self.window = self.window.min(cap.min(self.short.inflight).max(MIN_WINDOW));
    }
}

/// Whether so many losses say that there was too much on its way.
fn is_too_high(lost: f64, tx_in_flight: f64) -> bool {
    lost > tx_in_flight * LOSS_THRESHOLD
}

impl CongestionControl for Bbr3 {
    fn fresh(&self) -> Box<dyn CongestionControl> {
        Box::new(Bbr3::new(self.stream.clone()))
    }

    fn on_open(&mut self, rtt: Option<Duration>, now: Time) {
        let rtt = rtt.filter(|rtt| !rtt.is_zero());
        self.rtt = LeastRtt::new(rtt, now);
        self.extra.restart(now);
        if let Some(rtt) = rtt {
            self.pacing_rate = STARTUP_GAIN * INITIAL_WINDOW / rtt.as_secs_f64();
        }
    }

    fn on_ack(&mut self, ack: &Ack) {
        self.update_rate(ack);
        let (bandwidth, most) = (self.bandwidth(), self.window);
        self.extra.on_ack(ack, bandwidth, most, self.rounds, self.full.reached);
        self.leave_startup(ack);
        self.probe_bandwidth(ack);
        self.update_rtt(ack);
        self.latest.advance(ack);
        self.set_pacing_rate();
        self.set_window(ack);
    }

    fn on_lost(&mut self, lost: &LostSegment) {
        self.latest.on_lost(lost.delivered);
        if !self.cycle.judged_by_loss || !is_too_high(lost.lost, lost.tx_in_flight) {
            return;
        }
        // Where losses became too many, counted in whole segments.
        let (before, lost_before) = (lost.tx_in_flight - 1.0, lost.lost - 1.0);
        let prefix = (LOSS_THRESHOLD * before - lost_before) / (1.0 - LOSS_THRESHOLD);
        self.cycle.last = LastProbe::TooHigh;
        self.cycle.judged_by_loss = false;
        if !lost.app_limited {
            self.long = (before + prefix).max(self.target() * BETA);
        }
        if self.state == State::Up {
            self.start_down(lost.delivered, lost.now);
        }
    }

    fn on_loss(&mut self, _: f64, _: Time) {
        self.save_window();
    }

    fn on_timeout(&mut self, timeout: &Timeout) {
        if !timeout.repeated {
            self.save_window();
        }
        self.phase = Phase::AfterTimeout;
        self.window = 1.0;
    }

    fn on_idle(&mut self, now: Time) {
        self.idle_restart = true;
        self.extra.restart(now);
        if self.is_in_probe_bw() {
            self.pacing_rate = self.bandwidth() * PACING;
        }
    }

    fn window(&self) -> f64 {
        self.window
    }

    fn in_slow_start(&self) -> bool {
        self.state == State::Startup
    }

    fn pacing_rate(&self) -> Option<f64> {
        Some(self.pacing_rate)
    }
}
