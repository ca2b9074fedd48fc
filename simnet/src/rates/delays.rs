//! A delay that changes over time.

use std::time::Duration;

use crate::bitrate::BadSchedule;
use crate::time::Time;

/// A delay that is constant between steps. Before the first step it is that of the first step.
///
/// ```
/// use std::time::Duration;
/// use lapwing_simnet::Time;
/// use lapwing_simnet::rates::DelaySchedule;
/// let ms = Duration::from_millis;
/// let route_change =
///     DelaySchedule::steps([(Time::ZERO, ms(20)), (Time::from_secs(30), ms(80))]).unwrap();
/// assert_eq!(route_change.at(Time::from_secs(29)), ms(20));
/// assert_eq!(route_change.at(Time::from_secs(30)), ms(80));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelaySchedule {
    /// Sorted by time, never empty.
    steps: Vec<(Time, Duration)>,
}

impl DelaySchedule {
    /// The delay of each step holds from its time on.
    pub fn steps(steps: impl IntoIterator<Item = (Time, Duration)>) -> Result<Self, BadSchedule> {
        let steps: Vec<_> = steps.into_iter().collect();
        if steps.is_empty() {
            return Err(BadSchedule::Empty);
        }
        match steps.windows(2).position(|pair| pair[0].0 >= pair[1].0) {
            Some(i) => Err(BadSchedule::Unordered(i + 1)),
            None => Ok(DelaySchedule { steps }),
        }
    }

    /// The delay at a moment.
    pub fn at(&self, at: Time) -> Duration {
        let next = self.steps.partition_point(|(t, _)| *t <= at);
        self.steps[next.saturating_sub(1)].1
    }

    /// All steps, in order.
    pub fn as_steps(&self) -> &[(Time, Duration)] {
        &self.steps
    }

    /// The least delay that it ever has.
    pub fn least(&self) -> Duration {
        self.steps.iter().map(|(_, delay)| *delay).min().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faulty_schedules_are_refused() {
        assert_eq!(DelaySchedule::steps([]), Err(BadSchedule::Empty));
        let twice = [(Time::ZERO, Duration::ZERO); 2];
        assert_eq!(DelaySchedule::steps(twice), Err(BadSchedule::Unordered(1)));
        let late = [(Time::from_secs(5), Duration::from_millis(7))];
        assert_eq!(DelaySchedule::steps(late).unwrap().at(Time::ZERO), Duration::from_millis(7));
    }
}
