//! What several seeds come to: medians, means, and what is around them.

use super::kind::Around;

/// Student's t for 95 % (two-sided) by degrees of freedom from 1 on; further on it is almost that
/// of the normal distribution.
const STUDENT: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];
const NORMAL: f64 = 1.960;

/// Values of one thing in several seeds: a middle and two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) middle: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Spread {
    /// Of those values that are numbers; `None` without any.
    pub(super) fn of(values: impl IntoIterator<Item = f64>, around: Around) -> Option<Spread> {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        match around {
            _ if values.is_empty() => None,
            Around::Median => {
                let [low, middle, high] = [0.1, 0.5, 0.9].map(|share| percentile(&values, share));
                Some(Spread { middle, low, high })
            }
            Around::Mean => {
                let (mean, half) = mean(&values);
                Some(Spread { middle: mean, low: mean - half, high: mean + half })
            }
        }
    }
}

/// Between neighbours in proportion; `values` are sorted and not empty.
fn percentile(values: &[f64], share: f64) -> f64 {
    let at = share * (values.len() - 1) as f64;
    let (below, above) = (values[at.floor() as usize], values[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

/// The mean, and half of its interval of 95 % confidence: nothing of a single value.
fn mean(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.len() < 2 {
        return (mean, 0.0);
    }
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let student = STUDENT.get(values.len() - 2).copied().unwrap_or(NORMAL);
    (mean, student * (squares / (count - 1.0) / count).sqrt())
}

/// Pairs of numbers in a row.
pub(super) type Points = Vec<(f64, f64)>;

/// Rows of points over the same times: a middle for each time, and the ends around it.
pub(super) fn over(rows: &[Vec<(f64, f64)>], around: Around) -> (Points, Points) {
    let longest = rows.iter().max_by_key(|row| row.len()).cloned().unwrap_or_default();
    let spreads = longest.into_iter().enumerate().map(|(index, (at, _))| {
        let values = rows.iter().filter_map(|row| row.get(index)).map(|(_, value)| *value);
        let nothing = Spread { middle: f64::NAN, low: f64::NAN, high: f64::NAN };
        let Spread { middle, low, high } = Spread::of(values, around).unwrap_or(nothing);
        ((at, middle), (low, high))
    });
    spreads.unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_values() {
        let values = (0..=10).map(f64::from);
        let spread = Spread::of(values, Around::Median);
        assert_eq!(spread, Some(Spread { middle: 5.0, low: 1.0, high: 9.0 }));
        assert_eq!(Spread::of([f64::NAN], Around::Median), None);
        let one = Spread::of([4.0], Around::Mean);
        assert_eq!(one, Some(Spread { middle: 4.0, low: 4.0, high: 4.0 }));
    }

    #[test]
    fn confidence_is_students() {
        // Five values with a standard error of 1: t of 4 degrees of freedom.
        let deviation = 5.0_f64.sqrt() / (2.0_f64 / 4.0).sqrt();
        let values = [-1.0, 0.0, 0.0, 0.0, 1.0].map(|value| 10.0 + value * deviation);
        let spread = Spread::of(values, Around::Mean).expect("there are values");
        assert_eq!(spread.middle, 10.0);
        assert!((spread.high - 10.0 - 2.776).abs() < 1e-9, "{spread:?}");
    }

    #[test]
    fn rows_of_seeds_become_one() {
        let rows = [vec![(0.0, 1.0), (1.0, f64::NAN)], vec![(0.0, 3.0), (1.0, f64::NAN)], vec![]];
        let (line, ends) = over(&rows, Around::Median);
        assert_eq!(line[0], (0.0, 2.0));
        assert!(line[1].1.is_nan() && ends[1].0.is_nan());
        assert_eq!(ends[0], (1.2, 2.8));
    }
}
