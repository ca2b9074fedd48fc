//! A metric over time, in equal bins, and statistics of it.

use std::ops::Range;
use std::time::Duration;

use crate::scenario::{Goal, Statistic};
use crate::time::nanos;

/// Of each bin a part and a whole: a rate and one, packets lost and sent, a sum and a count. A bin
/// without a whole has no value.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    bins: Vec<(f64, f64)>,
    width: u64,
}

impl Row {
    /// Bins of this width.
    pub(crate) fn new(bins: impl IntoIterator<Item = (f64, f64)>, width: Duration) -> Self {
        Row { bins: bins.into_iter().collect(), width: nanos(width).max(1) }
    }

    /// The statistic over a window, of means over `smooth` up to each bin where that is asked for,
    /// as far as they lie in the window as a whole. A window begins and ends with the bins nearest
    /// to its ends, and has one at least.
    pub(crate) fn statistic(
        &self,
        statistic: Statistic,
        window: (Duration, Duration),
        smooth: Option<Duration>,
    ) -> Option<f64> {
        let wide = smooth.map_or(1, |time| nanos(time).div_ceil(self.width).max(1)) as usize;
        if let Statistic::At(at) = statistic {
            // The bin that is over at that time, or in which it lies.
            let bin = (nanos(at).div_ceil(self.width) as usize).saturating_sub(1);
            return self.mean(bin.saturating_sub(wide - 1)..bin + 1);
        }
        let window = self.window(window);
        let wide = wide.min(window.len());
        let value = |bin: usize| self.mean(bin + 1 - wide..bin + 1);
        let whole = window.start + wide - 1..window.end;
        match statistic {
            Statistic::TimeTo(goal) => {
                whole.clone().find_map(value)?;
                let at = reached(whole, goal, self.long(goal), value).unwrap_or(window.end);
                Some(((at - window.start) as u64 * self.width) as f64 / 1e9)
            }
            Statistic::Mean if smooth.is_none() => self.mean(window),
            _ => of_values(statistic, whole.filter_map(value).collect()),
        }
    }

    fn window(&self, (from, to): (Duration, Duration)) -> Range<usize> {
        let near = |time: Duration| ((nanos(time) + self.width / 2) / self.width) as usize;
        let from = near(from).min(self.bins.len().saturating_sub(1));
        from..near(to).clamp(from + 1, self.bins.len().max(from + 1))
    }

    /// The parts over the wholes of some bins.
    fn mean(&self, bins: Range<usize>) -> Option<f64> {
        let bins = self.bins.get(bins)?;
        let (part, whole) = bins.iter().fold((0.0, 0.0), |sum, bin| (sum.0 + bin.0, sum.1 + bin.1));
        (whole > 0.0).then(|| part / whole)
    }

    /// Bins in which a level is to be held.
    fn long(&self, goal: Goal) -> usize {
        nanos(goal.hold).div_ceil(self.width).max(1) as usize
    }
}

/// The first bin of the first stretch that is at the level and as long as that.
fn reached(
    bins: Range<usize>,
    goal: Goal,
    long: usize,
    value: impl Fn(usize) -> Option<f64>,
) -> Option<usize> {
    let is_there = |value: f64| match goal.falls {
        true => value <= goal.level,
        false => value >= goal.level,
    };
    let mut run = 0;
    for bin in bins {
        run = if value(bin).is_some_and(is_there) { run + 1 } else { 0 };
        if run == long {
            return Some(bin + 1 - long);
        }
    }
    None
}

fn of_values(statistic: Statistic, mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let count = values.len();
    match statistic {
        Statistic::Min => values.first().copied(),
        Statistic::Max => values.last().copied(),
        Statistic::Mean => (count > 0).then(|| values.iter().sum::<f64>() / count as f64),
        Statistic::Percentile(percent) => {
            let rank = (count as f64 * f64::from(percent) / 100.0).ceil().max(1.0) as usize;
            values.get(rank - 1).copied()
        }
        Statistic::At(_) | Statistic::TimeTo(_) | Statistic::Count => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// A tenth of a second each: 0 to 9, then nothing for half a second, then 20.
    fn row() -> Row {
        let rises = (0..10).map(|value| (f64::from(value), 1.0));
        let gap = [(0.0, 0.0); 5];
        Row::new(rises.chain(gap).chain([(20.0, 1.0); 5]), seconds(0.1))
    }

    fn of(statistic: Statistic, from: f64, to: f64, smooth: f64) -> Option<f64> {
        let smooth = (smooth > 0.0).then(|| seconds(smooth));
        row().statistic(statistic, (seconds(from), seconds(to)), smooth)
    }

    #[test]
    fn windows_hold_what_they_say() {
        assert_eq!(of(Statistic::Mean, 0.0, 1.0, 0.0), Some(4.5));
        assert_eq!(of(Statistic::Mean, 0.2, 0.4, 0.0), Some(2.5));
        assert_eq!(of(Statistic::Min, 0.2, 0.4, 0.0), Some(2.0));
        assert_eq!(of(Statistic::Max, 0.2, 0.4, 0.0), Some(3.0));
        assert_eq!(of(Statistic::Percentile(50), 0.0, 1.0, 0.0), Some(4.0));
        assert_eq!(of(Statistic::Percentile(99), 0.0, 1.0, 0.0), Some(9.0));
        assert_eq!(of(Statistic::Max, 1.0, 1.5, 0.0), None, "nothing was measured");
        assert_eq!(of(Statistic::Min, 0.0, 2.0, 0.0), Some(0.0));
        assert_eq!(of(Statistic::Mean, 1.9, 9.0, 0.0), Some(20.0), "no further than the run");
        assert_eq!(of(Statistic::Mean, 0.31, 0.32, 0.0), Some(3.0), "a bin at least");
    }

    #[test]
    fn means_over_time_come_before_the_statistic() {
        // Of two bins each, both in the window.
        assert_eq!(of(Statistic::Max, 0.0, 1.0, 0.2), Some(8.5));
        assert_eq!(of(Statistic::Min, 0.5, 1.0, 0.2), Some(5.5));
        assert_eq!(of(Statistic::Min, 0.5, 0.7, 9.0), Some(5.5), "the window at most");
        assert_eq!(of(Statistic::At(seconds(0.5)), 0.0, 0.5, 0.0), Some(4.0));
        assert_eq!(of(Statistic::At(seconds(0.5)), 0.0, 0.5, 0.3), Some(3.0));
        assert_eq!(of(Statistic::At(seconds(0.55)), 0.0, 0.55, 0.0), Some(5.0));
        assert_eq!(of(Statistic::At(seconds(1.2)), 0.0, 1.2, 0.0), None);
    }

    #[test]
    fn a_level_is_reached_when_it_holds() {
        let to = |level, falls, hold| Statistic::TimeTo(Goal { level, falls, hold: seconds(hold) });
        let near = |value: Option<f64>, wanted: f64| (value.unwrap() - wanted).abs() < 1e-9;
        assert!(near(of(to(7.0, false, 0.0), 0.0, 2.0, 0.0), 0.7));
        assert!(near(of(to(7.0, false, 0.0), 0.5, 2.0, 0.0), 0.2), "from the window's start");
        assert!(
            near(of(to(7.0, false, 0.4), 0.0, 2.0, 0.0), 1.5),
            "what is not measured breaks it"
        );
        assert!(near(of(to(21.0, false, 0.0), 0.0, 2.0, 0.0), 2.0), "never: the whole window");
        assert!(near(of(to(3.0, false, 0.0), 0.4, 2.0, 0.2), 0.1), "the first mean is whole");
        assert_eq!(of(to(1.0, false, 0.0), 1.0, 1.5, 0.0), None, "nothing was measured");
        assert!(near(of(to(2.0, true, 0.3), 0.0, 2.0, 0.0), 0.0));
        assert!(near(of(to(2.0, true, 0.4), 0.0, 2.0, 0.0), 2.0));
    }
}
