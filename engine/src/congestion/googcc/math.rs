//! Functions of real numbers from operations that IEEE 754 rounds exactly, so that all machines
//! and all builds agree.

use std::f64::consts::{LN_2, SQRT_2};
use std::time::{Duration, Instant};

/// Natural logarithm of a positive, normal number, to 13 digits.
pub(super) fn ln(x: f64) -> f64 {
    let x = x.max(f64::MIN_POSITIVE);
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff) as f64 - 1_023.0;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if mantissa > SQRT_2 {
        mantissa /= 2.0;
        exponent += 1.0;
    }
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let (square, mut power, mut sum) = (z * z, z, 0.0);
    for odd in [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0] {
        sum += power / odd;
        power *= square;
    }
    2.0 * sum + exponent * LN_2
}

/// `base` to the power of `x`, for a logarithm of the result within -1 and 1.
pub(super) fn power(base: f64, x: f64) -> f64 {
    let exponent = ln(base) * x;
    let (mut term, mut sum) = (1.0, 1.0);
    for n in 1..16 {
        term *= exponent / f64::from(n);
        sum += term;
    }
    sum
}

/// Milliseconds from one moment to another, negative when it is before it.
pub(super) fn millis_between(from: Instant, to: Instant) -> f64 {
    match to.checked_duration_since(from) {
        Some(span) => millis(span),
        None => -millis(from.saturating_duration_since(to)),
    }
}

/// The same on the peer's clock.
pub(super) fn millis_from(from: Duration, to: Duration) -> f64 {
    match to.checked_sub(from) {
        Some(span) => millis(span),
        None => -millis(from.saturating_sub(to)),
    }
}

/// A span in milliseconds.
pub(super) fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

/// Bits per second of so many bytes in so many milliseconds.
pub(super) fn bps(bytes: f64, millis: f64) -> f64 {
    bytes * 8e3 / millis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_agree_with_the_library() {
        for x in [1e-300, 1e-6, 0.3, 0.999, 1.0, 1.08, 1.5, 2.0, 1234.5, 1e12] {
            assert!((ln(x) - x.ln()).abs() < 1e-12 * x.ln().abs().max(1.0), "{x}");
        }
        for x in [0.0, 0.01, 0.5, 1.0, 5.0] {
            assert!((power(1.08, x) - 1.08_f64.powf(x)).abs() < 1e-12, "{x}");
        }
        assert!(ln(0.0).is_finite());
    }

    #[test]
    fn spans_have_a_sign() {
        let second = Duration::from_secs(1);
        assert!((millis_from(second, second * 3) - 2_000.0).abs() < 1e-9);
        assert!((millis_from(second * 3, second) + 2_000.0).abs() < 1e-9);
    }
}
