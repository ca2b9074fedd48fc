//! Seeded randomness: one independent stream for each purpose.

use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::digest::Digest;

/// The seed of a run.
///
/// A stream is named by its purpose ("link/fwd/loss"): the seed keys the cipher, the name is its
/// nonce. A new node has a name of its own, so it disturbs no other.
///
/// ```
/// use lapwing_simnet::Seed;
/// let seed = Seed(7);
/// assert_eq!(seed.stream("loss").next_u64(), seed.stream("loss").next_u64());
/// assert_ne!(seed.stream("loss").next_u64(), seed.stream("jitter").next_u64());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream of this purpose, from its beginning.
    pub fn stream(self, purpose: &str) -> Stream {
        let mut cipher = ChaCha8Rng::seed_from_u64(self.0);
        let mut name = Digest::new();
        name.bytes(purpose.as_bytes());
        cipher.set_stream(name.finish());
        Stream { cipher, spare: None }
    }
}

/// A stream of random numbers.
///
/// All distributions use only operations that IEEE 754 rounds exactly, so a stream gives the same
/// values on every machine.
#[derive(Clone)]
pub struct Stream {
    cipher: ChaCha8Rng,
    /// The polar method yields normal values in pairs.
    spare: Option<f64>,
}

impl Stream {
    /// 64 uniform bits.
    pub fn next_u64(&mut self) -> u64 {
        self.cipher.next_u64()
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.cipher.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with probability `p`. Draws a number whatever `p` is, so changing `p` shifts nothing.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in `0..bound`; zero when `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The bias of a 128-bit product is below 2^-64 times the bound.
        ((u128::from(self.cipher.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// Uniform in `low..=high`; `low` when the range is empty.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        match high.checked_sub(low).and_then(|width| width.checked_add(1)) {
            Some(width) => low + self.below(width),
            None if high < low => low,
            None => self.next_u64(),
        }
    }

    /// Standard normal: mean 0, deviation 1 (Marsaglia's polar method).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * ln(square) / square).sqrt();
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// Exponential with this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * ln(1.0 - self.unit())
    }

    /// Fills a slice with uniform bytes.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.cipher.fill_bytes(bytes);
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("position", &self.cipher.get_word_pos()).finish()
    }
}

/// Natural logarithm of a positive normal number, by IEEE arithmetic alone.
///
/// The system's `ln` may round differently from one C library to the next; a trace must not.
/// `x = m * 2^e` with `m` in `[sqrt(1/2), sqrt(2))`; `ln m = 2 atanh((m - 1) / (m + 1))` by its
/// series.
fn ln(x: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff) as i64 - 1023;
    let mut mantissa = f64::from_bits((bits & MANTISSA) | (1023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let square = z * z;
    // |z| < 0.172: the first term left out, z^23 / 23, is below 2^-58 of the sum.
    let mut sum = 0.0;
    for k in (0..=10).rev() {
        sum = sum * square + 1.0 / f64::from(2 * k + 1);
    }
    exponent as f64 * std::f64::consts::LN_2 + 2.0 * z * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_agrees_with_the_library() {
        let mut stream = Seed(1).stream("ln");
        for _ in 0..10_000 {
            let x = stream.unit() * 8.0 + 1e-12;
            let error = (ln(x) - x.ln()).abs();
            assert!(error <= 4e-16 * x.ln().abs().max(1.0), "ln({x}) is off by {error}");
        }
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn normal_and_exponential_have_their_moments() {
        let mut stream = Seed(2).stream("moments");
        let n = 200_000;
        let draws: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n);
        // Five standard errors: 5/sqrt(n) for the mean, 5 sqrt(2/n) for the variance.
        assert!(mean.abs() < 0.0112, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.0159, "variance {variance}");
        let mean = (0..n).map(|_| stream.exponential(10.0)).sum::<f64>() / f64::from(n);
        assert!((mean - 10.0).abs() < 0.112, "mean {mean}");
    }

    #[test]
    fn ranges_hold_and_are_filled() {
        let mut stream = Seed(3).stream("range");
        let mut seen = [0u32; 6];
        for _ in 0..6_000 {
            seen[stream.between(0, 5) as usize] += 1;
        }
        assert!(seen.iter().all(|count| (850..1_150).contains(count)), "{seen:?}");
        assert_eq!(stream.between(9, 3), 9);
        assert_eq!(stream.below(0), 0);
    }
}
