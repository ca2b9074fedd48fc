//! Rates of wireless access, drawn from a seed: Markov chains after what others have measured.
//!
//! They are approximations. What is taken from publications and what is of our choosing is said at
//! each; what they have in common is that the mean is what was asked for, that no rate exceeds the
//! maximum, and that the same stream gives the same rates.

use std::fmt;
use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::bitrate::RateSchedule;
use crate::random::Stream;
use crate::rates::DelaySchedule;
use crate::time::Time;

/// A kind of wireless access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// A cellular link: the rate wanders.
    ///
    /// After Winstein, Sivaraman and Balakrishnan ("Stochastic Forecasts Achieve High Throughput
    /// and Low Delay over Cellular Networks", NSDI 2013), whose model is a Brownian motion with a
    /// deviation of a fifth of the range within a second. Here it moves between ten levels, each a
    /// tenth of the maximum, four times a second, with a drift that gives the mean. Their outages
    /// are left out.
    Lte,
    /// A Wi-Fi station: the whole rate, a part of it while others send, a tenth of it now and then.
    ///
    /// The tenfold fall is that of Meng et al. ("Achieving Consistent Low Latency for Wireless
    /// Real-Time Communications with the Shortest Control Loop", SIGCOMM 2022) at the 99th
    /// percentile. The other levels and how long they last are of our choosing.
    Wifi,
    /// A satellite in low orbit: a new rate and a new delay every 15 s, each after a short gap in
    /// which nothing is sent.
    ///
    /// The interval is that of Starlink's reconfiguration as Mohan et al. measured it ("A
    /// Multifaceted Look at Starlink Performance", WWW 2024). That delay changes with each
    /// satellite is shown by Huston (APNIC, "Starlink Protocol Performance", 2023): up and down it
    /// is 3.7 ms below the satellite and 7.5 ms at an elevation of 25 degrees; ground stations add
    /// to that. The gap of 100 ms, the uniform rates and the additional delays up to 10 ms are of
    /// our choosing.
    Leo,
}

/// A kind of access with its mean and maximum rate.
///
/// ```
/// use std::time::Duration;
/// use lapwing_simnet::rates::Generator;
/// use lapwing_simnet::{Bitrate, Seed};
/// let lte = Generator::lte(Bitrate::mbps(4));
/// let draw = || lte.draw(Duration::from_secs(60), Seed(7).stream("link/fwd/capacity"));
/// assert_eq!(draw(), draw());
/// assert!(draw().rate.as_steps().iter().all(|(_, rate)| *rate <= Bitrate::mbps(8)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generator {
    access: Access,
    mean: Bitrate,
    max: Bitrate,
}

/// What a generator gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The rate over time; after the end, the last one holds.
    pub rate: RateSchedule,
    /// Delay in addition to that of the link, where it changes.
    pub delays: Option<DelaySchedule>,
}

/// The maximum is too near to the mean or too far from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadGenerator {
    /// The least maximum that this mean can have.
    pub least: Bitrate,
    /// The greatest.
    pub greatest: Bitrate,
}

impl fmt::Display for BadGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [least, greatest] = [self.least, self.greatest].map(Bitrate::as_bps);
        write!(f, "with this mean, the maximum is from {least} bit/s to {greatest} bit/s")
    }
}

impl std::error::Error for BadGenerator {}

/// Steps of one schedule: with four a second, nearly three days.
const MAX_STEPS: usize = 1_000_000;

/// Levels of LTE.
const LEVELS: u32 = 10;
/// Moves between levels in a second: the square of the deviation within a second, in levels.
const MOVES_PER_SECOND: f64 = 4.0;

/// Levels of Wi-Fi, as shares of the maximum: alone, with others, in a bad moment.
const WIFI_LEVELS: [f64; 3] = [1.0, 0.4, 0.1];
/// Mean time from one draw of a level to the next, in seconds.
const WIFI_TIMES: [f64; 3] = [0.5, 0.5, 0.2];
/// The chance of a bad moment at each draw.
const WIFI_BAD: f64 = 0.1;

/// Between two handovers.
const LEO_SLOT: Duration = Duration::from_secs(15);
/// Nothing is sent for so long at each.
const LEO_GAP: Duration = Duration::from_millis(100);
/// Delay beyond that of the shortest way.
const LEO_DELAY: Duration = Duration::from_millis(10);

impl Access {
    /// Mean over maximum: the least and the greatest that can be had.
    const fn shares(self) -> (f64, f64) {
        match self {
            Access::Lte => (0.2, 0.9),
            Access::Wifi => (0.4, 0.95),
            Access::Leo => (0.5, 0.95),
        }
    }
}

impl Generator {
    /// LTE with at most twice its mean.
    pub const fn lte(mean: Bitrate) -> Self {
        let max = Bitrate::bps(mean.as_bps().saturating_mul(2));
        Generator { access: Access::Lte, mean, max }
    }

    /// Wi-Fi with at most 1.5 times its mean.
    pub const fn wifi(mean: Bitrate) -> Self {
        Generator { access: Access::Wifi, mean, max: half_more(mean) }
    }

    /// A satellite link with at most 1.5 times its mean.
    pub const fn leo(mean: Bitrate) -> Self {
        Generator { access: Access::Leo, mean, max: half_more(mean) }
    }

    /// With another maximum.
    ///
    /// # Errors
    /// When no chain of this kind has such a mean and such a maximum; the error has the bounds.
    pub fn with_max(self, max: Bitrate) -> Result<Self, BadGenerator> {
        let (low, high) = self.access.shares();
        let scaled = |share: f64| self.mean.as_bps() as f64 / share;
        let least = Bitrate::bps(scaled(high).ceil() as u64);
        let greatest = Bitrate::bps(scaled(low).floor() as u64);
        if !(least..=greatest).contains(&max) {
            return Err(BadGenerator { least, greatest });
        }
        Ok(Generator { max, ..self })
    }

    /// Its kind.
    pub const fn access(&self) -> Access {
        self.access
    }

    /// The rate that it has in the long run.
    pub const fn mean(&self) -> Bitrate {
        self.mean
    }

    /// The rate that it never exceeds.
    pub const fn max(&self) -> Bitrate {
        self.max
    }

    /// Draws rates, and delays where they change, for a span of time.
    pub fn draw(&self, duration: Duration, mut stream: Stream) -> Drawn {
        let mut steps = Steps::new(duration);
        let mut delays = Vec::new();
        match self.access {
            Access::Lte => self.wander(&mut steps, &mut stream),
            Access::Wifi => self.share(&mut steps, &mut stream),
            Access::Leo => delays = self.hand_over(&mut steps, &mut stream),
        }
        Drawn {
            rate: RateSchedule::steps(steps.made).expect("steps follow each other"),
            delays: DelaySchedule::steps(delays).ok(),
        }
    }

    /// The share of the maximum that is the mean.
    fn share_of_max(&self) -> f64 {
        self.mean.as_bps() as f64 / (self.max.as_bps() as f64).max(1.0)
    }

    fn part(&self, share: f64) -> Bitrate {
        Bitrate::bps((self.max.as_bps() as f64 * share) as u64)
    }

    fn wander(&self, steps: &mut Steps, stream: &mut Stream) {
        let drift = drift(self.share_of_max());
        let up = drift / (1.0 + drift);
        let weights = levels().map(|level| (level, power(drift, level)));
        let mut level = choose(weights, stream);
        while steps.go_on(self.part(f64::from(level) / f64::from(LEVELS))) {
            // At either end, a move beyond it is none.
            let chance = match level {
                1 => up,
                LEVELS => 1.0 - up,
                _ => 1.0,
            };
            steps.wait(stream.exponential(1.0 / (MOVES_PER_SECOND * chance)));
            let rises = stream.chance(up);
            level = match level {
                1 => 2,
                LEVELS => LEVELS - 1,
                _ if rises => level + 1,
                _ => level - 1,
            };
        }
    }

    fn share(&self, steps: &mut Steps, stream: &mut Stream) {
        let weights = wifi_weights(self.share_of_max());
        // The first level is drawn as it would be found at any moment.
        let found = [0, 1, 2].map(|i| (i as u32, weights[i] * WIFI_TIMES[i]));
        let mut level = choose(found, stream) as usize;
        while steps.go_on(self.part(WIFI_LEVELS[level])) {
            steps.wait(stream.exponential(WIFI_TIMES[level]));
            level = choose([0, 1, 2].map(|i| (i as u32, weights[i])), stream) as usize;
        }
    }

    fn hand_over(&self, steps: &mut Steps, stream: &mut Stream) -> Vec<(Time, Duration)> {
        let busy = 1.0 - LEO_GAP.as_secs_f64() / LEO_SLOT.as_secs_f64();
        let least = 2.0 * self.share_of_max() / busy - 1.0;
        let mut delays = Vec::new();
        // The run begins within a slot, and at any moment of one.
        let mut left = LEO_SLOT.mul_f64(stream.unit()).max(Duration::from_nanos(1));
        let mut first = true;
        loop {
            let rate = self.part(least + (1.0 - least) * stream.unit());
            let delay = LEO_DELAY.mul_f64(stream.unit());
            let gap = if first { (left + LEO_GAP).saturating_sub(LEO_SLOT) } else { LEO_GAP };
            delays.push((steps.at, delay));
            if !gap.is_zero() {
                if !steps.go_on(Bitrate::ZERO) {
                    return delays;
                }
                steps.at += gap;
            }
            if !steps.go_on(rate) {
                return delays;
            }
            steps.at += left.saturating_sub(gap);
            (left, first) = (LEO_SLOT, false);
        }
    }
}

const fn half_more(rate: Bitrate) -> Bitrate {
    Bitrate::bps(rate.as_bps().saturating_add(rate.as_bps() / 2))
}

fn levels() -> std::ops::RangeInclusive<u32> {
    1..=LEVELS
}

/// `base` to the power of a small number, by multiplications alone.
fn power(base: f64, exponent: u32) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}

/// The ratio of moves up to moves down with which the mean level is this share of the highest. The
/// chance to be at level `i` goes with the ratio to the power of `i`.
fn drift(share: f64) -> f64 {
    let mean = |ratio: f64| {
        let weight = levels().map(|level| power(ratio, level)).sum::<f64>();
        let sum = levels().map(|level| f64::from(level) * power(ratio, level)).sum::<f64>();
        sum / weight / f64::from(LEVELS)
    };
    let (mut low, mut high) = (1.0 / 64.0, 64.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if mean(middle) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// The chance of each level at a draw, so that the mean over time is this share of the maximum.
fn wifi_weights(share: f64) -> [f64; 3] {
    let [whole, part, bad] = WIFI_LEVELS;
    let [long, _, short] = WIFI_TIMES;
    let usual = (1.0 - WIFI_BAD) * long;
    let total = usual + WIFI_BAD * short;
    // Time at the whole rate: what the two others give is taken off what is wanted.
    let at_whole = (share * total - WIFI_BAD * short * bad - usual * part) / (whole - part);
    let first = (at_whole / long).clamp(0.0, 1.0 - WIFI_BAD);
    [first, 1.0 - WIFI_BAD - first, WIFI_BAD]
}

/// One of some numbers, each with its weight.
fn choose(weights: impl IntoIterator<Item = (u32, f64)>, stream: &mut Stream) -> u32 {
    let weights: Vec<_> = weights.into_iter().collect();
    let mut left = stream.unit() * weights.iter().map(|(_, weight)| weight).sum::<f64>();
    let found = weights.iter().find(|(_, weight)| {
        left -= weight;
        left < 0.0
    });
    found.or(weights.last()).map_or(0, |(number, _)| *number)
}

/// A schedule in the making.
struct Steps {
    at: Time,
    end: Time,
    made: Vec<(Time, Bitrate)>,
}

impl Steps {
    fn new(duration: Duration) -> Self {
        Steps { at: Time::ZERO, end: Time::ZERO + duration, made: Vec::new() }
    }

    /// From now on this rate; false when the schedule is long enough.
    fn go_on(&mut self, rate: Bitrate) -> bool {
        match self.made.last() {
            Some((_, last)) if *last == rate => {}
            _ => self.made.push((self.at, rate)),
        }
        self.at < self.end && self.made.len() < MAX_STEPS
    }

    /// Lets at least a nanosecond pass, so that no two steps are at one moment.
    fn wait(&mut self, seconds: f64) {
        self.at += Duration::from_secs_f64(seconds).max(Duration::from_nanos(1));
    }
}

#[cfg(test)]
mod tests;
