//! Which tone it is, and how loud.

/// Samples per second that the search works with: enough for 4 kHz.
const RATE: u32 = 16_000;

/// The tones that are looked for, in Hz.
const LOWEST: u32 = 100;
/// See [`LOWEST`].
const HIGHEST: u32 = 4_000;
/// The first search goes by so many Hz.
const STEP: u32 = 10;

/// The strongest frequency between 100 and 4,000 Hz, `None` in silence.
pub(super) fn pitch(samples: &[f32], rate: u32) -> Option<f64> {
    // A mean of neighbours is filter enough: nothing above 4 kHz is looked for.
    let step = usize::try_from((rate / RATE).max(1)).unwrap_or(1);
    let thinned: Vec<f64> = samples
        .chunks_exact(step)
        .map(|chunk| chunk.iter().map(|sample| f64::from(*sample)).sum::<f64>() / step as f64)
        .collect();
    let windowed = windowed(&thinned);
    let rate = f64::from(rate) / step as f64;
    let highest = HIGHEST.min((rate / 2.0) as u32 - STEP);
    let coarse = (LOWEST / STEP..=highest / STEP).map(|tens| f64::from(tens * STEP));
    let mut best = strongest(&windowed, rate, coarse)?;
    for step in [1.0, 0.1] {
        let around = (-10..=10).map(|index| best + f64::from(index) * step);
        best = strongest(&windowed, rate, around.collect::<Vec<_>>().into_iter())?;
    }
    Some(best)
}

fn windowed(samples: &[f64]) -> Vec<f64> {
    let turn = std::f64::consts::TAU / samples.len().max(1) as f64;
    let hann = |index: usize| 0.5 - 0.5 * (turn * index as f64).cos();
    samples.iter().enumerate().map(|(index, sample)| sample * hann(index)).collect()
}

fn strongest(samples: &[f64], rate: f64, tones: impl Iterator<Item = f64>) -> Option<f64> {
    let powers = tones.map(|hz| (hz, power(samples, rate, hz)));
    let best = powers.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (best.1 > 0.0).then_some(best.0)
}

/// Goertzel's: the power of one frequency.
fn power(samples: &[f64], rate: f64, hz: f64) -> f64 {
    let factor = 2.0 * (std::f64::consts::TAU * hz / rate).cos();
    let (mut one, mut two) = (0.0, 0.0);
    for sample in samples {
        (one, two) = (sample + factor * one - two, one);
    }
    one * one + two * two - factor * one * two
}

/// Root of the mean square in dB below full scale, `None` in silence.
pub(super) fn level_db(samples: &[f32]) -> Option<f64> {
    let squares: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let mean = squares / samples.len().max(1) as f64;
    (mean > 0.0).then(|| 10.0 * mean.log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_are_found() {
        for (rate, hz) in [(48_000, 440.0), (8_000, 1_003.4), (48_000, 3_990.0), (48_000, 105.0)] {
            let turn = std::f64::consts::TAU * hz / f64::from(rate);
            let tone: Vec<f32> = (0..rate / 2)
                .map(|index| (0.1414 * (turn * f64::from(index)).sin()) as f32)
                .collect();
            let found = pitch(&tone, rate).expect("there is a tone");
            assert!((found - hz).abs() < 0.3, "{found} is not {hz}");
            let level = level_db(&tone).expect("there is sound");
            assert!((level + 20.0).abs() < 0.1, "{level}");
        }
        assert_eq!((pitch(&[0.0; 4_000], 8_000), level_db(&[0.0; 80])), (None, None));
        assert_eq!(pitch(&[], 48_000), None);
    }
}
