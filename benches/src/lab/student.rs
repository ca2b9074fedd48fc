//! How far the mean of a few measurements may be from the mean of all.

/// Quantiles of Student's t distribution at 97.5 %, for 1 to 30 degrees of freedom.
const QUANTILES: [f64; 30] = [
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010,
    2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687,
    2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];
/// That of the normal distribution.
const NORMAL: f64 = 1.959_963_985;

/// Half the width of the interval that has the mean of what the values are drawn from with 95 %, if
/// they are normal; `None` of fewer than two.
pub(super) fn half_width(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let quantile = quantile(values.len().checked_sub(1)?)?;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    Some(quantile * (squares / (count - 1.0) / count).sqrt())
}

fn quantile(freedom: usize) -> Option<f64> {
    let known = QUANTILES.get(freedom.checked_sub(1)?).copied();
    // Above the table by its expansion in the inverse (Cornish and Fisher).
    let (z, inverse) = (NORMAL, 1.0 / freedom as f64);
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    Some(known.unwrap_or(z + first * inverse + second * inverse * inverse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_tables() {
        let of = |freedom| quantile(freedom).unwrap_or_default();
        for (freedom, expected) in
            [(1, 12.7062), (4, 2.7764), (30, 2.0423), (31, 2.0395), (60, 2.0003), (1000, 1.9623)]
        {
            assert!((of(freedom) - expected).abs() < 1e-4, "{freedom}: {}", of(freedom));
        }
        assert_eq!(quantile(0), None);
    }

    #[test]
    fn a_width_takes_two_values() {
        assert_eq!(half_width(&[]), None);
        assert_eq!(half_width(&[3.0]), None);
        assert_eq!(half_width(&[3.0, 3.0, 3.0]), Some(0.0));
        // A deviation of 1, over three values.
        let half = half_width(&[1.0, 2.0, 3.0]).unwrap_or_default();
        assert!((half - 4.3027 / 3f64.sqrt()).abs() < 1e-4, "{half}");
    }

    #[test]
    fn nineteen_intervals_of_twenty_have_the_mean() {
        // Sums of twelve uniform numbers, from a generator of no account.
        let mut state = 7u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let mut within = 0;
        for _ in 0..4_000 {
            let values: Vec<f64> = (0..5).map(|_| (0..12).map(|_| uniform()).sum()).collect();
            let mean = values.iter().sum::<f64>() / 5.0;
            within += u32::from((mean - 6.0).abs() <= half_width(&values).unwrap_or_default());
        }
        assert!((3_740..=3_860).contains(&within), "{within} of 4000");
    }
}
