//! Counting what came in: pictures and their freezes, sound and its level.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Frame durations averaged, as the W3C has it.
const DURATIONS: usize = 30;

/// What a frame duration must exceed the average by, at least.
const FREEZE_EXTRA: Duration = Duration::from_millis(150);

/// Counts freezes as W3C webrtc-stats does (`freezeCount`): a frame duration, which is the time
/// between two consecutive pictures, is a freeze when it is at least
/// max(3 * average, average + 150 ms), the average being that of the last 30.
#[derive(Clone, Debug, Default)]
pub(super) struct FreezeMeter {
    last: Option<Instant>,
    durations: VecDeque<Duration>,
    /// Freezes so far.
    pub(super) count: u32,
    /// How long they lasted together.
    pub(super) total: Duration,
    /// The longest time between two pictures.
    pub(super) longest: Duration,
    /// Pictures so far.
    pub(super) frames: u64,
}

impl FreezeMeter {
    /// A picture is shown.
    pub(super) fn on_frame(&mut self, at: Instant) {
        self.frames += 1;
        let Some(last) = self.last.replace(at) else { return };
        let duration = at.saturating_duration_since(last);
        self.longest = self.longest.max(duration);
        if let Ok(count) = u32::try_from(self.durations.len())
            && count > 0
        {
            let average = self.durations.iter().sum::<Duration>() / count;
            if duration >= (average * 3).max(average + FREEZE_EXTRA) {
                self.count += 1;
                self.total += duration;
            }
        }
        self.durations.push_back(duration);
        if self.durations.len() > DURATIONS {
            self.durations.pop_front();
        }
    }
}

/// The level of sound, as the mean square of its samples.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LevelMeter {
    squares: f64,
    samples: u64,
}

impl LevelMeter {
    /// Takes samples, full scale from -1 to 1.
    pub(super) fn add(&mut self, samples: &[f32]) {
        self.squares += samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
        self.samples += samples.len() as u64;
    }

    /// Takes what another meter has.
    pub(super) fn merge(&mut self, other: LevelMeter) {
        self.squares += other.squares;
        self.samples += other.samples;
    }

    /// In dB below full scale, 0 being a square wave of full scale; `None` without sound, or when
    /// all of it is silence.
    pub(super) fn dbfs(&self) -> Option<f64> {
        let mean = self.squares / self.samples.max(1) as f64;
        (mean > 0.0).then(|| 10.0 * mean.log10())
    }

    /// As RFC 6464 has it: 0 (loudest) to -127 (silence).
    pub(super) fn dbov(&self) -> i8 {
        self.dbfs().map_or(-127, |level| level.round().clamp(-127.0, 0.0) as i8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(gaps: &[u64]) -> FreezeMeter {
        let mut meter = FreezeMeter::default();
        let mut at = Instant::now();
        meter.on_frame(at);
        for gap in gaps {
            at += Duration::from_millis(*gap);
            meter.on_frame(at);
        }
        meter
    }

    #[test]
    fn a_freeze_is_three_times_the_average_and_150_ms_more() {
        let even = [33; 40];
        assert_eq!(run(&even).count, 0);
        assert_eq!(run(&[&even[..], &[182]].concat()).count, 0, "33 + 150 is not reached");
        let frozen = run(&[&even[..], &[183, 33]].concat());
        assert_eq!((frozen.count, frozen.total), (1, Duration::from_millis(183)));
        assert_eq!(frozen.frames, 43);
        let slow = [200; 40];
        assert_eq!(run(&[&slow[..], &[599]].concat()).count, 0, "3 * 200 is not reached");
        assert_eq!(run(&[&slow[..], &[600]].concat()).count, 1);
        assert_eq!(run(&[5000]).count, 0, "the first duration has no average");
    }

    #[test]
    fn levels_in_decibels() {
        let mut meter = LevelMeter::default();
        assert_eq!((meter.dbfs(), meter.dbov()), (None, -127));
        meter.add(&[1.0, -1.0]);
        assert_eq!((meter.dbfs(), meter.dbov()), (Some(0.0), 0));
        let sine: Vec<f32> = (0..48_000_u16)
            .map(|index| 0.1 * (f32::from(index % 48) * std::f32::consts::TAU / 48.0).sin())
            .collect();
        let mut meter = LevelMeter::default();
        meter.add(&sine);
        let level = meter.dbfs().expect("there is sound");
        assert!((level + 23.01).abs() < 0.01, "{level}");
        assert_eq!((meter.dbov(), meter.samples), (-23, 48_000));
    }
}
