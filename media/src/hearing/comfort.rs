//! Comfort noise as RFC 3389 describes it: a level, and the shape of a spectrum as reflection
//! coefficients.

use super::noise::{NOISE_RMS, Noise};
use super::settings::{PULL, RATE};
use super::upsample::Upsampler;

/// Coefficients that are used; RFC 3389 section 3.2 has no limit, and ten fill a spectrum.
const MAX_ORDER: usize = 12;

/// The noise is that of a telephone.
const NOISE_RATE: u32 = 8_000;

/// Samples at that rate in one pull.
const CHUNK: usize = PULL * NOISE_RATE as usize / RATE as usize;

/// A generator of what was described last.
#[derive(Debug)]
pub(super) struct ComfortNoise {
    /// Root of the mean square before the filter.
    excitation: f32,
    reflections: [f32; MAX_ORDER],
    /// The backward values of the lattice.
    lattice: [f32; MAX_ORDER + 1],
    noise: Noise,
    up: Upsampler,
}

impl ComfortNoise {
    /// Silence, as long as nothing was described.
    pub(super) fn new() -> Self {
        ComfortNoise {
            excitation: 0.0,
            reflections: [0.0; MAX_ORDER],
            lattice: [0.0; MAX_ORDER + 1],
            noise: Noise::new(),
            up: Upsampler::new(NOISE_RATE),
        }
    }

    /// Takes a payload: the level in -dBov, then the coefficients (sections 3.1 and 3.2).
    pub(super) fn describe(&mut self, payload: &[u8]) {
        let Some((level, coefficients)) = payload.split_first() else { return };
        let rms = 10_f32.powf(-f32::from(level & 0x7f) / 20.0);
        self.reflections = [0.0; MAX_ORDER];
        for (reflection, &coded) in self.reflections.iter_mut().zip(coefficients) {
            *reflection = (258.0 * (f32::from(coded) - 127.0) / 32_768.0).clamp(-0.98, 0.98);
        }
        // The filter makes the noise louder by this.
        let gain: f32 = self.reflections.iter().map(|k| 1.0 - k * k).product();
        self.excitation = rms * gain.sqrt();
    }

    /// Puts 10 ms at the receiver's rate behind the samples in `into`.
    pub(super) fn make(&mut self, channels: usize, into: &mut Vec<f32>) {
        let chunk: [f32; CHUNK] = std::array::from_fn(|_| self.sample());
        self.up.push(&chunk, channels, into);
    }

    /// A lattice synthesis filter, from the highest coefficient to the first.
    fn sample(&mut self) -> f32 {
        let mut forward = self.noise.next() / NOISE_RMS * self.excitation;
        for index in (0..MAX_ORDER).rev() {
            forward -= self.reflections[index] * self.lattice[index];
            self.lattice[index + 1] = self.lattice[index] + self.reflections[index] * forward;
        }
        self.lattice[0] = forward;
        forward
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hearing::noise::rms;

    #[test]
    fn noise_has_the_level_and_the_tilt_described() {
        let made = |payload: &[u8]| {
            let mut noise = ComfortNoise::new();
            noise.describe(payload);
            let mut made = Vec::new();
            (0..100).for_each(|_| noise.make(1, &mut made));
            made
        };
        let difference = |data: &[f32]| {
            let steps: Vec<f32> = data.windows(7).map(|pair| pair[6] - pair[0]).collect();
            rms(&steps) / rms(data)
        };
        let (flat, low, high) = (made(&[40]), made(&[40, 10]), made(&[40, 244]));
        for data in [&flat, &low, &high] {
            let level = 20.0 * rms(data).log10();
            assert!((-43.0..-38.0).contains(&level), "{level} dB");
        }
        // White noise differs from itself a sample later by the root of two.
        assert!((1.2..1.6).contains(&difference(&flat)), "{}", difference(&flat));
        assert!(difference(&low) < 0.8, "{}", difference(&low));
        assert!(difference(&high) > 1.7, "{}", difference(&high));
    }

    #[test]
    fn any_payload_is_stable() {
        let mut noise = ComfortNoise::new();
        noise.describe(&[]);
        for byte in [0, 255] {
            noise.describe(&[
                0,
                byte,
                byte,
                byte,
                255 - byte,
                byte,
                byte,
                0,
                255,
                byte,
                1,
                2,
                3,
                4,
            ]);
            let mut made = Vec::new();
            (0..50).for_each(|_| noise.make(2, &mut made));
            assert!(made.iter().all(|sample| sample.is_finite()));
        }
    }
}
