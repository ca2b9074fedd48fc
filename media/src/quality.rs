//! How much like another, and how loud.

use std::fmt;

use crate::picture::{Picture, PlaneIndex};
use crate::samples::Samples;

/// Two pictures of different sizes cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizesDiffer {
    /// Width and height of the first.
    pub a: (u32, u32),
    /// Width and height of the second.
    pub b: (u32, u32),
}

impl fmt::Display for SizesDiffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{} is not {}x{}", self.a.0, self.a.1, self.b.0, self.b.1)
    }
}

impl std::error::Error for SizesDiffer {}

/// Peak signal-to-noise ratio over all planes in dB, infinite for equal pictures. Above 40 dB
/// people see no difference; below 25 dB they see nothing else.
///
/// # Errors
/// When the pictures differ in size.
pub fn psnr(a: &Picture, b: &Picture) -> Result<f64, SizesDiffer> {
    if a.size() != b.size() {
        return Err(SizesDiffer { a: a.size(), b: b.size() });
    }
    Ok(psnr_of(a.data(), b.data()))
}

/// As [`psnr`], of luma alone.
///
/// # Errors
/// When the pictures differ in size.
pub fn psnr_luma(a: &Picture, b: &Picture) -> Result<f64, SizesDiffer> {
    if a.size() != b.size() {
        return Err(SizesDiffer { a: a.size(), b: b.size() });
    }
    Ok(psnr_of(a.plane(PlaneIndex::Y), b.plane(PlaneIndex::Y)))
}

fn psnr_of(a: &[u8], b: &[u8]) -> f64 {
    let squares: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    let mean = squares as f64 / a.len() as f64;
    10.0 * (255.0 * 255.0 / mean).log10()
}

/// How loud samples are, in dB below full scale. Silence is minus infinity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Mean power; a sine at full scale has -3 dB.
    pub rms_dbfs: f64,
    /// The largest sample.
    pub peak_dbfs: f64,
}

/// How loud samples are, over all channels.
pub fn level(samples: &Samples) -> Level {
    let squares: f64 = samples.data().iter().map(|&sample| f64::from(sample).powi(2)).sum();
    let peak = samples.data().iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let mean = squares / samples.data().len().max(1) as f64;
    Level { rms_dbfs: 10.0 * mean.log10(), peak_dbfs: 20.0 * f64::from(peak).log10() }
}

/// How alike two signals of one channel are when the second is moved: the lag in samples, from
/// zero to `max_lag`, that fits best, and the correlation coefficient there (1: the same but for
/// its level). Lags that leave nothing to compare count as zero.
pub fn correlation(a: &[f32], b: &[f32], max_lag: usize) -> (usize, f64) {
    let at = |lag: usize| {
        let pairs =
            || a.iter().zip(b.iter().skip(lag)).map(|(a, b)| (f64::from(*a), f64::from(*b)));
        let (aa, bb) = pairs().fold((0.0, 0.0), |(aa, bb), (a, b)| (aa + a * a, bb + b * b));
        let product: f64 = pairs().map(|(a, b)| a * b).sum();
        if aa * bb > 0.0 { product / (aa * bb).sqrt() } else { 0.0 }
    };
    let lags = (0..=max_lag).map(|lag| (lag, at(lag)));
    lags.fold((0, f64::NEG_INFINITY), |best, next| if next.1 > best.1 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_engine::MediaTime;

    #[test]
    fn psnr_follows_its_formula() {
        let zero = MediaTime::new(0, 90_000);
        let a = Picture::new(16, 16, zero).unwrap();
        let mut b = a.clone();
        assert_eq!(psnr(&a, &b).unwrap(), f64::INFINITY);
        b.plane_mut(PlaneIndex::Y).iter_mut().for_each(|sample| *sample += 1);
        assert!((psnr_luma(&a, &b).unwrap() - 48.13).abs() < 0.01);
        let other = Picture::new(8, 16, zero).unwrap();
        assert_eq!(psnr(&a, &other), Err(SizesDiffer { a: (16, 16), b: (8, 16) }));
    }

    #[test]
    fn silence_has_no_level() {
        let silence = Samples::new(vec![0.0; 8], 8_000, 1, MediaTime::new(0, 8_000)).unwrap();
        let silent = Level { rms_dbfs: f64::NEG_INFINITY, peak_dbfs: f64::NEG_INFINITY };
        assert_eq!(level(&silence), silent);
    }

    #[test]
    fn a_lag_is_found() {
        let a: Vec<f32> = (0..400).map(|i: u32| (i * i % 97) as f32 - 48.0).collect();
        let b: Vec<f32> = std::iter::repeat_n(0.0, 13).chain(a.iter().map(|s| s / 2.0)).collect();
        let (lag, coefficient) = correlation(&a, &b, 50);
        assert_eq!(lag, 13);
        assert!((coefficient - 1.0).abs() < 1e-9);
    }
}
