//! Whether the queue on the way grows: the slope of the delay over the last groups, held against a
//! threshold that adapts (draft-ietf-rmcat-gcc-02 section 5.4; Carlucci et al., "Analysis and
//! design of the Google congestion control", MMSys 2016).

use std::time::Duration;

use super::arrivals::Delta;
use super::math::millis_from;

/// Groups that a line is fitted to.
const WINDOW: usize = 20;
/// Weight of the past in the smoothed delay.
const SMOOTHING: f64 = 0.9;
/// The slope is multiplied by this,
const GAIN: f64 = 4.0;
/// and by the number of groups seen, at most so many.
const COUNTED_MAX: u32 = 60;

/// The threshold at first, and its bounds, in the unit of the multiplied slope.
const THRESHOLD: f64 = 12.5;
const THRESHOLD_MIN: f64 = 6.0;
const THRESHOLD_MAX: f64 = 600.0;
/// How fast the threshold follows a slope above it and below it, per millisecond.
const GAIN_UP: f64 = 0.0087;
const GAIN_DOWN: f64 = 0.039;
/// A slope so far above the threshold is a sudden change of the path, which it does not follow.
const SUDDEN: f64 = 15.0;
/// One step covers no more than this.
const STEP_MS_MAX: f64 = 100.0;

/// Overuse is declared when it has lasted so long,
const OVERUSE_MS: f64 = 10.0;
/// and for so many groups.
const OVERUSE_GROUPS: u32 = 2;

/// What becomes of the queue on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Usage {
    /// It stays as it is.
    #[default]
    Normal,
    /// It grows.
    Overuse,
    /// It empties.
    Underuse,
}

#[derive(Clone, Copy, Debug, Default)]
struct Point {
    arrived_ms: f64,
    delay_ms: f64,
}

/// An overuse that has begun.
#[derive(Clone, Copy, Debug)]
struct Begun {
    ms: f64,
    groups: u32,
}

/// The detector.
#[derive(Debug)]
pub(super) struct Trendline {
    points: [Point; WINDOW],
    next: usize,
    seen: u32,
    first_arrival: Option<Duration>,
    accumulated_ms: f64,
    smoothed_ms: f64,
    slope: f64,
    threshold: f64,
    adapted_ms: Option<f64>,
    begun: Option<Begun>,
    usage: Usage,
}

impl Default for Trendline {
    fn default() -> Self {
        Trendline {
            points: [Point::default(); WINDOW],
            next: 0,
            seen: 0,
            first_arrival: None,
            accumulated_ms: 0.0,
            smoothed_ms: 0.0,
            slope: 0.0,
            threshold: THRESHOLD,
            adapted_ms: None,
            begun: None,
            usage: Usage::Normal,
        }
    }
}

impl Trendline {
    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    /// A group is complete; the packet after it arrived at `arrived`.
    pub(super) fn on_delta(&mut self, delta: Delta, arrived: Duration) {
        let first = *self.first_arrival.get_or_insert(arrived);
        let arrived_ms = millis_from(first, arrived);
        self.accumulated_ms += delta.arrived - delta.sent;
        self.smoothed_ms = SMOOTHING * self.smoothed_ms + (1.0 - SMOOTHING) * self.accumulated_ms;
        self.points[self.next] = Point { arrived_ms, delay_ms: self.smoothed_ms };
        self.next = (self.next + 1) % WINDOW;
        self.seen = self.seen.saturating_add(1);
        let slope = if self.seen as usize >= WINDOW { fit(&self.points) } else { None };
        self.detect(slope.unwrap_or(self.slope), delta.sent, arrived_ms);
    }

    fn detect(&mut self, slope: f64, sent_ms: f64, arrived_ms: f64) {
        if self.seen < 2 {
            return;
        }
        let measure = f64::from(self.seen.min(COUNTED_MAX)) * slope * GAIN;
        if measure > self.threshold {
            let begun = self.begun.map_or(Begun { ms: sent_ms / 2.0, groups: 1 }, |begun| Begun {
                ms: begun.ms + sent_ms,
                groups: begun.groups.saturating_add(1),
            });
            let long = begun.ms > OVERUSE_MS && begun.groups >= OVERUSE_GROUPS;
            if long && slope >= self.slope {
                self.begun = None;
                self.usage = Usage::Overuse;
            } else {
                self.begun = Some(begun);
            }
        } else {
            self.begun = None;
            self.usage = if measure < -self.threshold { Usage::Underuse } else { Usage::Normal };
        }
        self.slope = slope;
        self.adapt(measure.abs(), arrived_ms);
    }

    fn adapt(&mut self, measure: f64, arrived_ms: f64) {
        let since = arrived_ms - self.adapted_ms.replace(arrived_ms).unwrap_or(arrived_ms);
        if measure > self.threshold + SUDDEN {
            return;
        }
        let gain = if measure < self.threshold { GAIN_DOWN } else { GAIN_UP };
        let step = gain * (measure - self.threshold) * since.clamp(0.0, STEP_MS_MAX);
        self.threshold = (self.threshold + step).clamp(THRESHOLD_MIN, THRESHOLD_MAX);
    }
}

/// The slope of the line of least squares through the points; `None` when they are of one moment.
fn fit(points: &[Point; WINDOW]) -> Option<f64> {
    let count = WINDOW as f64;
    let x_mean = points.iter().map(|point| point.arrived_ms).sum::<f64>() / count;
    let y_mean = points.iter().map(|point| point.delay_ms).sum::<f64>() / count;
    let (mut numerator, mut denominator) = (0.0, 0.0);
    for point in points {
        let x = point.arrived_ms - x_mean;
        numerator += x * (point.delay_ms - y_mean);
        denominator += x * x;
    }
    let slope = numerator / denominator;
    (denominator > 0.0 && slope.is_finite()).then_some(slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups every 20 ms, each later by `growth` milliseconds than the one before it.
    fn feed(trendline: &mut Trendline, from: u32, groups: u32, growth: f64) -> Option<u32> {
        let mut overuse = None;
        for group in from..from + groups {
            let arrived = Duration::from_secs_f64((f64::from(group) * (20.0 + growth)) / 1e3);
            trendline.on_delta(Delta { sent: 20.0, arrived: 20.0 + growth }, arrived);
            if trendline.usage() == Usage::Overuse && overuse.is_none() {
                overuse = Some(group - from);
            }
        }
        overuse
    }

    #[test]
    fn a_growing_delay_is_overuse_and_a_falling_one_underuse() {
        let mut trendline = Trendline::default();
        assert_eq!(feed(&mut trendline, 0, 100, 0.0), None);
        assert_eq!(trendline.usage(), Usage::Normal);
        let after = feed(&mut trendline, 100, 40, 3.0).expect("it grows");
        assert!(after < 20, "{after}");
        feed(&mut trendline, 140, 40, -3.0);
        assert_eq!(trendline.usage(), Usage::Underuse);
        feed(&mut trendline, 180, 100, 0.0);
        assert_eq!(trendline.usage(), Usage::Normal);
    }

    #[test]
    fn the_threshold_comes_down_in_quiet_times() {
        let mut trendline = Trendline::default();
        feed(&mut trendline, 0, 300, 0.0);
        assert!(trendline.threshold < THRESHOLD_MIN + 0.1, "{}", trendline.threshold);
    }

    #[test]
    fn a_delay_that_leaps_once_is_no_overuse_for_long() {
        let mut trendline = Trendline::default();
        feed(&mut trendline, 0, 60, 0.0);
        let arrived = Duration::from_secs(2);
        trendline.on_delta(Delta { sent: 20.0, arrived: 60.0 }, arrived);
        feed(&mut trendline, 150, 60, 0.0);
        assert_eq!(trendline.usage(), Usage::Normal);
    }

    #[test]
    fn points_of_one_moment_have_no_slope() {
        let mut trendline = Trendline::default();
        for _ in 0..50 {
            trendline.on_delta(Delta { sent: 20.0, arrived: 0.0 }, Duration::from_secs(1));
        }
        assert!(trendline.slope.is_finite());
    }
}
