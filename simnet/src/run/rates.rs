//! Arithmetic on rates over time.

use std::ops::Range;

/// Phases told apart; a link whose capacity changes more often, as a radio's, counts as one phase.
pub(super) const PHASES_MAX: usize = 32;

/// A row of rates in equal bins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates<'a> {
    values: &'a [f64],
    bin_s: f64,
}

impl<'a> Rates<'a> {
    pub(crate) fn new(values: &'a [f64], bin_s: f64) -> Self {
        Rates { values, bin_s }
    }

    /// The mean over some bins; zero over none.
    pub(crate) fn mean(self, bins: impl IntoIterator<Item = usize>) -> f64 {
        let (mut sum, mut count) = (0.0, 0u32);
        for bin in bins {
            sum += self.values.get(bin).copied().unwrap_or(0.0);
            count += 1;
        }
        if count == 0 { 0.0 } else { sum / f64::from(count) }
    }

    /// Bins in a span.
    pub(crate) fn bins(self, seconds: f64) -> usize {
        ((seconds / self.bin_s).round() as usize).max(1)
    }

    /// The mean over the second up to and with a bin, as far as it lies in `within`.
    fn last_second(self, bin: usize, within: &Range<usize>) -> f64 {
        let first = (bin + 1).saturating_sub(self.bins(1.0)).max(within.start);
        self.mean(first..bin + 1)
    }

    /// Seconds from the start of `within` until the mean of a second reaches `goal` of the bin; the
    /// whole span if it never does.
    pub(crate) fn seconds_until(self, within: Range<usize>, goal: impl Fn(usize) -> f64) -> f64 {
        let reached = within.clone().find(|&bin| self.last_second(bin, &within) >= goal(bin));
        (reached.unwrap_or(within.end) - within.start) as f64 * self.bin_s
    }

    /// Seconds from the start of `within` until the mean of a second first is within a quarter of
    /// `goal`.
    pub(crate) fn seconds_to_settle(self, within: Range<usize>, goal: f64) -> f64 {
        let near = |bin: &usize| {
            let rate = self.last_second(*bin, &within);
            (rate - goal).abs() <= goal * 0.25 && *bin + 1 >= within.start + self.bins(1.0)
        };
        let reached = within.clone().find(near);
        (reached.unwrap_or(within.end) - within.start) as f64 * self.bin_s
    }

    /// Deviation over mean of the rates of whole seconds among `bins`; `None` below three seconds.
    pub(crate) fn cov_of_seconds(self, bins: &[usize]) -> Option<f64> {
        let seconds: Vec<f64> = bins
            .chunks_exact(self.bins(1.0))
            .map(|second| self.mean(second.iter().copied()))
            .collect();
        if seconds.len() < 3 {
            return None;
        }
        let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
        let square = |rate: &f64| (rate - mean) * (rate - mean);
        let variance = seconds.iter().map(square).sum::<f64>() / seconds.len() as f64;
        (mean > 0.0).then(|| variance.sqrt() / mean)
    }

    /// The longest run of `bins` in which the rate is below `least`, in seconds.
    pub(crate) fn longest_below(self, bins: &[usize], least: f64) -> f64 {
        let (mut longest, mut run) = (0usize, 0usize);
        for &bin in bins {
            run = if self.values[bin] < least { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        longest as f64 * self.bin_s
    }

    /// As [`Self::longest_below`], of the means of seconds.
    pub(crate) fn longest_second_below(self, bins: Range<usize>, least: f64) -> f64 {
        let smooth: Vec<f64> =
            (0..bins.end).map(|bin| self.last_second(bin, &(0..bins.end))).collect();
        let all: Vec<usize> = bins.collect();
        Rates::new(&smooth, self.bin_s).longest_below(&all, least)
    }
}

/// Jain's fairness index; `None` if nobody has anything.
pub(super) fn jain(rates: &[f64]) -> Option<f64> {
    let sum: f64 = rates.iter().sum();
    let squares: f64 = rates.iter().map(|rate| rate * rate).sum();
    (squares > 0.0).then(|| sum * sum / (rates.len() as f64 * squares))
}

/// Runs of equal values, as ranges; a single one if there are more than `most`.
pub(super) fn phases(values: &[f64], most: usize) -> Vec<Range<usize>> {
    let mut phases = Vec::new();
    let mut start = 0;
    for bin in 1..=values.len() {
        if bin == values.len() || values[bin] != values[start] {
            phases.push(start..bin);
            start = bin;
        }
    }
    match phases.len() > most {
        true => vec![Range { start: 0, end: values.len() }],
        false => phases,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_in_bins() {
        // A quarter of a second each: 0 for 2 s, then 100.
        let values: Vec<f64> = (0..20).map(|bin| if bin < 8 { 0.0 } else { 100.0 }).collect();
        let rates = Rates::new(&values, 0.25);
        assert_eq!(rates.seconds_until(0..20, |_| 80.0), 2.75);
        assert_eq!(rates.seconds_until(0..8, |_| 80.0), 2.0);
        assert_eq!(rates.seconds_to_settle(0..20, 100.0), 2.5);
        let all: Vec<usize> = (0..20).collect();
        assert_eq!(rates.longest_below(&all, 1.0), 2.0);
        assert_eq!(rates.longest_second_below(0..20, 80.0), 2.75);
        assert_eq!(rates.cov_of_seconds(&all[8..]), Some(0.0));
        assert_eq!(rates.cov_of_seconds(&all[12..]), None);
        assert_eq!(rates.mean(4..12), 50.0);
    }

    #[test]
    fn fairness_and_phases() {
        assert_eq!(jain(&[1.0, 1.0, 1.0]), Some(1.0));
        assert_eq!(jain(&[1.0, 0.0]), Some(0.5));
        assert_eq!(jain(&[0.0]), None);
        assert_eq!(phases(&[1.0, 1.0, 2.0, 1.0], 9), [0..2, 2..3, 3..4]);
        assert_eq!(phases(&[1.0, 2.0, 3.0], 2).first(), Some(&(0..3)));
    }
}
