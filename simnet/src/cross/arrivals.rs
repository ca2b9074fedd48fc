//! Short flows that arrive at random.

use crate::random::Stream;
use crate::time::Time;

/// Sizes of files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sizes {
    /// Even between two.
    Uniform {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// Pareto: many small ones, few large ones.
    Pareto {
        /// The least.
        min: u64,
        /// The tail: the smaller, the heavier. The mean is `min shape / (shape - 1)`, without
        /// what `max` cuts off.
        shape: f64,
        /// What is larger is cut to this.
        max: u64,
    },
}

/// A Poisson process of files.
#[derive(Clone, Debug)]
pub struct Arrivals {
    rate: f64,
    sizes: Sizes,
    stream: Stream,
}

impl Arrivals {
    /// So many files arrive in a second.
    pub fn new(rate: f64, sizes: Sizes, stream: Stream) -> Self {
        Arrivals { rate, sizes, stream }
    }

    /// When the file after one at `now` arrives.
    pub(crate) fn next(&mut self, now: Time) -> Time {
        /// Rarer than once in ten years is never.
        const RATE_MIN: f64 = 3e-9;
        let gap = self.stream.exponential(1.0 / self.rate.max(RATE_MIN));
        now + std::time::Duration::from_secs_f64(gap)
    }

    /// Bytes of a file.
    pub(crate) fn size(&mut self) -> u64 {
        match self.sizes {
            Sizes::Uniform { min, max } => self.stream.between(min, max).max(1),
            Sizes::Pareto { min, shape, max } => {
                // The exponential of mean 1 / shape is the logarithm of Pareto's ratio.
                let ratio = exp(self.stream.exponential(1.0 / shape.max(0.1)));
                let size = (min as f64 * ratio).min(max as f64);
                (size as u64).max(1)
            }
        }
    }
}

/// e to the power of a number that is not negative, by operations that IEEE 754 rounds exactly: a
/// library's may differ from machine to machine.
fn exp(x: f64) -> f64 {
    // The series for a 64th part, whose 64th power is taken by squaring.
    let part = x.min(64.0) / 64.0;
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..18 {
        term *= part / f64::from(n);
        sum += term;
    }
    for _ in 0..6 {
        sum *= sum;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    #[test]
    fn the_exponential_agrees_with_the_library() {
        for i in 0..600 {
            let x = f64::from(i) * 0.1;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn arrivals_have_their_rate_and_sizes_their_mean() {
        let mut now = Time::ZERO;
        let sizes = Sizes::Pareto { min: 10_000, shape: 2.5, max: 100_000_000 };
        let mut arrivals = Arrivals::new(20.0, sizes, Seed(1).stream("arrivals"));
        let mut bytes = 0.0;
        for _ in 0..100_000 {
            now = arrivals.next(now);
            bytes += arrivals.size() as f64;
        }
        // Deviations: 0.3 % of the time, and of the mean of sizes 0.3 %.
        assert!((4_950.0..5_050.0).contains(&now.as_secs_f64()), "{now}");
        let mean = bytes / 1e5;
        assert!((16_400.0..16_900.0).contains(&mean), "{mean} instead of 16,667");
    }
}
