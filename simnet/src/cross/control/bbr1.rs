//! BBR version 1: the sender paces at the greatest rate of delivery of ten round trips, with at
//! most twice what fills the path on its way (draft-cardwell-iccrg-bbr-congestion-control-00).
//!
//! 1. Startup more than doubles the rate in each round trip until it grows no more.
//! 2. Drain empties the queue that this made.
//! 3. ProbeBW sends 1.25, 0.75 and six times 1.0 of the rate, for a round trip each.
//! 4. ProbeRTT, when the least round-trip time is older than ten seconds, lets four segments on
//!    their way for 200 ms.
//!
//! As the kernel's, it paces a hundredth below the rate. What that has beside the draft is not
//! here: the long-term rate of policers, and room for acknowledgements that come in bunches.

use std::time::Duration;

use crate::cross::control::controller::{Ack, CongestionControl, INITIAL_WINDOW, Phase, Timeout};
use crate::cross::control::filters::{FullPipe, MaxFilter, Rounds};
use crate::random::{Seed, Stream};
use crate::time::Time;

/// 2 / ln 2: the least gain that doubles the rate in each round trip.
const HIGH_GAIN: f64 = 2.885;
const WINDOW_GAIN: f64 = 2.0;
const CYCLE: [f64; 8] = [1.25, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
/// Round trips for which a rate counts.
const RATE_ROUNDS: u64 = 10;
const RTT_LIFE: Duration = Duration::from_secs(10);
const PROBE_RTT: Duration = Duration::from_millis(200);
/// The least window: two acknowledgements of two segments each.
const MIN_WINDOW: f64 = 4.0;
/// What is paced of the rate.
const PACING: f64 = 0.99;
/// Below so many segments a second they are handed to the network singly: 1.2 Mbit/s.
const SINGLE_RATE: f64 = 100.0;

/// See the file's head.
#[derive(Clone, Debug)]
pub struct Bbr1 {
    state: State,
    rates: MaxFilter,
    least_rtt: Option<Duration>,
    least_rtt_at: Time,
    rounds: Rounds,
    full: FullPipe,
    window: f64,
    pacing_rate: f64,
    /// The window before recovery or ProbeRTT.
    prior_window: f64,
    phase: Phase,
    /// In the first round trip of recovery, as much is sent as arrives.
    conserves: bool,
    idle_restart: bool,
    /// Samples are as if limited by the application until so many have arrived.
    limited_until: u64,
    stream: Stream,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Startup,
    Drain,
    ProbeBw { index: usize, since: Time },
    ProbeRtt { done: Option<Time>, round_done: bool },
}

impl Default for Bbr1 {
    fn default() -> Self {
        Bbr1::new(Seed(0).stream("bbr1"))
    }
}

impl Bbr1 {
    /// Where in its cycle it begins is drawn from the stream, so that flows do not probe together.
    pub fn new(stream: Stream) -> Self {
        Bbr1 {
            state: State::Startup,
            rates: MaxFilter::new(RATE_ROUNDS),
            least_rtt: None,
            least_rtt_at: Time::ZERO,
            rounds: Rounds::default(),
            full: FullPipe::default(),
            window: INITIAL_WINDOW,
            pacing_rate: HIGH_GAIN * INITIAL_WINDOW / 1e-3,
            prior_window: 0.0,
            phase: Phase::Open,
            conserves: false,
            idle_restart: false,
            limited_until: 0,
            stream,
        }
    }

    /// BtlBw, in segments per second.
    pub fn bandwidth(&self) -> f64 {
        self.rates.max()
    }

    /// RTprop.
    pub fn least_rtt(&self) -> Option<Duration> {
        self.least_rtt
    }

    /// Whether it looks for the least round-trip time.
    pub fn probes_rtt(&self) -> bool {
        matches!(self.state, State::ProbeRtt { .. })
    }

    fn pacing_gain(&self) -> f64 {
        match self.state {
            State::Startup => HIGH_GAIN,
            State::Drain => 1.0 / HIGH_GAIN,
            State::ProbeBw { index, .. } => CYCLE[index],
            State::ProbeRtt { .. } => 1.0,
        }
    }

    /// So many times what fills the path, and what the two ends hold of it.
    fn inflight(&self, gain: f64) -> f64 {
        let Some(rtt) = self.least_rtt else { return INITIAL_WINDOW };
        let quantum = if self.pacing_rate < SINGLE_RATE { 1.0 } else { 2.0 };
        let probes = matches!(self.state, State::ProbeBw { index: 0, .. });
        let extra = if probes { 2.0 } else { 0.0 };
        gain * self.bandwidth() * rtt.as_secs_f64() + 3.0 * quantum + extra
    }

    fn update_rate(&mut self, ack: &Ack) {
        self.rounds.on_ack(ack);
        let Some(sample) = ack.rate else { return };
        let held_back = ack.prior_delivered.is_some_and(|prior| prior <= self.limited_until);
        let limited = sample.app_limited || (held_back && self.limited_until > 0);
        if !limited || sample.rate >= self.rates.max() {
            self.rates.update(self.rounds.count, sample.rate);
        }
        if self.rounds.started && !limited && !self.full.reached {
            self.full.on_round(self.rates.max());
        }
    }

    fn enter_probe_bw(&mut self, now: Time) {
        // Anywhere but where the queue is drained.
        let index = match self.stream.below(7) as usize {
            0 => 0,
            index => index + 1,
        };
        self.state = State::ProbeBw { index, since: now };
    }

    fn advance(&mut self, ack: &Ack) {
        match self.state {
            State::Startup if self.full.reached => self.state = State::Drain,
            State::ProbeBw { index, since } => {
                let over = ack.now.since(since) > self.least_rtt.unwrap_or_default();
                let next = match CYCLE[index] {
                    gain if gain > 1.0 => {
                        over && (ack.lost > 0.0 || ack.prior_flight >= self.inflight(gain))
                    }
                    gain if gain < 1.0 => over || ack.prior_flight <= self.inflight(1.0),
                    _ => over,
                };
                if next {
                    let index = (index + 1) % CYCLE.len();
                    self.state = State::ProbeBw { index, since: ack.now };
                }
            }
            State::Startup | State::Drain | State::ProbeRtt { .. } => {}
        }
        if self.state == State::Drain && ack.flight <= self.inflight(1.0) {
            self.enter_probe_bw(ack.now);
        }
    }

    fn update_rtt(&mut self, ack: &Ack) {
        let expired = ack.now.since(self.least_rtt_at) > RTT_LIFE && self.least_rtt.is_some();
        if let Some(rtt) = ack.rtt
            && (expired || self.least_rtt.is_none_or(|least| rtt <= least))
        {
            (self.least_rtt, self.least_rtt_at) = (Some(rtt), ack.now);
        }
        if expired && !self.idle_restart && !self.probes_rtt() {
            self.save_window();
            self.state = State::ProbeRtt { done: None, round_done: false };
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
            if ack.flight <= MIN_WINDOW {
                self.rounds.restart(ack.delivered);
                let done = Some(ack.now + PROBE_RTT);
                self.state = State::ProbeRtt { done, round_done: false };
            }
            return;
        };
        let round_done = round_done || self.rounds.started;
        self.state = State::ProbeRtt { done: Some(done), round_done };
        if round_done && ack.now > done {
            self.least_rtt_at = ack.now;
            self.window = self.window.max(self.prior_window);
            match self.full.reached {
                true => self.enter_probe_bw(ack.now),
                false => self.state = State::Startup,
            }
        }
    }

    fn save_window(&mut self) {
        self.prior_window = match self.phase == Phase::Open && !self.probes_rtt() {
            true => self.window,
            false => self.prior_window.max(self.window),
        };
    }

    fn set_pacing_rate(&mut self) {
        let rate = self.pacing_gain() * self.bandwidth() * PACING;
        if rate > 0.0 && (self.full.reached || rate > self.pacing_rate) {
            self.pacing_rate = rate;
        }
    }

    fn set_window(&mut self, ack: &Ack) {
        let gain = match self.state {
            State::Startup | State::Drain => HIGH_GAIN,
            State::ProbeBw { .. } => WINDOW_GAIN,
            State::ProbeRtt { .. } => 1.0,
        };
        let target = self.inflight(gain);
        self.window = (self.window - ack.lost).max(1.0);
        if self.phase != Phase::Open && ack.phase == Phase::Open {
            self.window = self.window.max(self.prior_window);
            self.conserves = false;
        } else if self.phase == Phase::Open && ack.phase == Phase::FastRecovery {
            self.window = ack.flight + ack.acked.max(1.0);
        }
        self.phase = ack.phase;
        if self.conserves {
            self.window = self.window.max(ack.flight + ack.acked);
        } else if self.full.reached {
            self.window = (self.window + ack.acked).min(target);
        } else if self.window < target || (ack.delivered as f64) < INITIAL_WINDOW {
            self.window += ack.acked;
        }
        self.window = self.window.max(MIN_WINDOW);
        if self.probes_rtt() {
            self.window = self.window.min(MIN_WINDOW);
        }
    }
}

impl CongestionControl for Bbr1 {
    fn fresh(&self) -> Box<dyn CongestionControl> {
        Box::new(Bbr1::new(self.stream.clone()))
    }

    fn on_open(&mut self, rtt: Option<Duration>, now: Time) {
        self.least_rtt_at = now;
        if let Some(rtt) = rtt.filter(|rtt| !rtt.is_zero()) {
            self.least_rtt = Some(rtt);
            self.pacing_rate = HIGH_GAIN * INITIAL_WINDOW / rtt.as_secs_f64();
        }
    }

    fn on_ack(&mut self, ack: &Ack) {
        self.update_rate(ack);
        if self.rounds.started && self.phase != Phase::Open {
            self.conserves = false;
        }
        self.advance(ack);
        self.update_rtt(ack);
        self.set_pacing_rate();
        self.set_window(ack);
    }

    fn on_loss(&mut self, _: f64, _: Time) {
        self.save_window();
        self.conserves = true;
    }

    fn on_timeout(&mut self, timeout: &Timeout) {
        if !timeout.repeated {
            self.save_window();
        }
        (self.phase, self.conserves) = (Phase::AfterTimeout, false);
        if !self.full.reached {
            self.full.reset(0.0);
        }
        self.window = 1.0;
    }

    fn on_idle(&mut self, _: Time) {
        self.idle_restart = true;
        if matches!(self.state, State::ProbeBw { .. }) {
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
