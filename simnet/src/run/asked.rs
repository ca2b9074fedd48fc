//! What is kept of packets, frames and looks for the statements of a scenario: only what they ask
//! for, in little memory however long the run is.

use std::time::Duration;

use crate::run::{Bins, Histogram};
use crate::scenario::{Assertion, Metric, Scenario, Statistic, Subject};
use crate::time::{Time, nanos};

/// The meters of a metric of one subject: one for each statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    meters: Vec<Meter>,
}

#[derive(Clone, Debug)]
struct Meter {
    /// Which statement of the scenario.
    statement: usize,
    from: Time,
    until: Time,
    kept: Kept,
}

/// What a meter keeps.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    /// Values of its window, without their order.
    Tally(Tally),
    /// Means over time, where their order counts.
    Row(Bins),
}

/// Values, of which any statistic can be had.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    histogram: Histogram,
    sum: u128,
    least: Option<Duration>,
    greatest: Option<Duration>,
}

impl Asked {
    /// What the scenario asks of a metric; `empty` is a row of bins over the run.
    pub(crate) fn of(scenario: &Scenario, metric: Metric, subject: Subject, empty: &Bins) -> Self {
        let statements = scenario.assertions.iter().enumerate();
        let wanted =
            statements.filter(|(_, asked)| asked.metric == metric && asked.subject == subject);
        let meters = wanted.map(|(statement, asked)| {
            let (from, until) = asked.window;
            // What comes at the end of the run belongs to it.
            let until =
                if until >= scenario.meta.duration { Time::NEVER } else { Time::ZERO + until };
            match needs_order(asked) {
                true => {
                    let kept = Kept::Row(empty.clone());
                    Meter { statement, from: Time::ZERO, until: Time::NEVER, kept }
                }
                false => {
                    let kept = Kept::Tally(Tally::default());
                    Meter { statement, from: Time::ZERO + from, until, kept }
                }
            }
        });
        Asked { meters: meters.collect() }
    }

    /// Takes in a value.
    pub(crate) fn add(&mut self, at: Time, value: Duration) {
        for meter in &mut self.meters {
            if !(meter.from..meter.until).contains(&at) {
                continue;
            }
            match &mut meter.kept {
                Kept::Tally(tally) => tally.add(value),
                Kept::Row(bins) => bins.add(at, value.as_secs_f64() * 1e3),
            }
        }
    }

    /// True where nothing is asked.
    pub(crate) fn is_empty(&self) -> bool {
        self.meters.is_empty()
    }

    /// What was kept for a statement.
    pub(crate) fn kept(&self, statement: usize) -> Option<&Kept> {
        self.meters.iter().find(|meter| meter.statement == statement).map(|meter| &meter.kept)
    }
}

/// The statistic is of values by their time.
fn needs_order(asked: &Assertion) -> bool {
    asked.smooth.is_some() || matches!(asked.statistic, Statistic::At(_) | Statistic::TimeTo(_))
}

impl Tally {
    fn add(&mut self, value: Duration) {
        self.histogram.add(value);
        self.sum += u128::from(nanos(value));
        self.least = Some(self.least.map_or(value, |least| least.min(value)));
        self.greatest = self.greatest.max(Some(value));
    }

    /// In milliseconds, but for counts; `None` without values, or where their order counts.
    pub(crate) fn statistic(&self, statistic: Statistic) -> Option<f64> {
        let ms = |value: Duration| value.as_secs_f64() * 1e3;
        let count = self.histogram.count();
        match statistic {
            Statistic::Min => self.least.map(ms),
            Statistic::Mean => (count > 0).then(|| self.sum as f64 / count as f64 / 1e6),
            Statistic::Percentile(percent) => self.histogram.percentile_ms(f64::from(percent)),
            Statistic::Max => self.greatest.map(ms),
            Statistic::Count => Some(count as f64),
            Statistic::At(_) | Statistic::TimeTo(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_has_every_statistic() {
        let mut tally = Tally::default();
        assert_eq!(tally.statistic(Statistic::Mean), None);
        assert_eq!(tally.statistic(Statistic::Count), Some(0.0));
        for ms in 1..=200 {
            tally.add(Duration::from_millis(ms));
        }
        assert_eq!(tally.statistic(Statistic::Min), Some(1.0));
        assert_eq!(tally.statistic(Statistic::Max), Some(200.0));
        assert_eq!(tally.statistic(Statistic::Mean), Some(100.5));
        assert_eq!(tally.statistic(Statistic::Count), Some(200.0));
        let p95 = tally.statistic(Statistic::Percentile(95)).unwrap();
        assert!((188.0..192.0).contains(&p95), "{p95}");
    }
}
