//! How loud sound is.

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

    /// As [`Self::dbov`]; `None` without sound.
    pub(super) fn level(&self) -> Option<i8> {
        (self.samples > 0).then(|| self.dbov())
    }

    /// As RFC 6464 has it: 0 (loudest) to -127 (silence).
    pub(super) fn dbov(&self) -> i8 {
        self.dbfs().map_or(-127, |level| level.round().clamp(-127.0, 0.0) as i8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_in_decibels() {
        let mut meter = LevelMeter::default();
        assert_eq!((meter.dbfs(), meter.dbov(), meter.level()), (None, -127, None));
        meter.add(&[0.0]);
        assert_eq!((meter.dbfs(), meter.level()), (None, Some(-127)));
        let mut meter = LevelMeter::default();
        meter.add(&[1.0, -1.0]);
        assert_eq!((meter.dbfs(), meter.dbov(), meter.level()), (Some(0.0), 0, Some(0)));
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
