//! What BBR's models are made of: filters, rounds, and whether the pipe is full.

use std::collections::VecDeque;

use crate::cross::control::controller::Ack;

/// The greatest of the values of a window of time, which counts in whatever `update` is given.
#[derive(Clone, Debug)]
pub(super) struct MaxFilter {
    window: u64,
    /// Falling values, each the greatest since the one before: at most one for each time.
    samples: VecDeque<(u64, f64)>,
}

impl MaxFilter {
    /// Values are kept for so long after their time.
    pub(super) const fn new(window: u64) -> Self {
        MaxFilter { window, samples: VecDeque::new() }
    }

    pub(super) fn update(&mut self, time: u64, value: f64) {
        while self.samples.back().is_some_and(|(_, least)| *least <= value) {
            self.samples.pop_back();
        }
        if self.samples.back().is_none_or(|(last, _)| *last < time) {
            self.samples.push_back((time, value));
        }
        while self.samples.front().is_some_and(|(first, _)| first + self.window < time) {
            self.samples.pop_front();
        }
    }

    /// Zero before the first value.
    pub(super) fn max(&self) -> f64 {
        self.samples.front().map_or(0.0, |(_, value)| *value)
    }
}

/// Round trips, counted by what was sent in one and arrives.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rounds {
    /// How many there were.
    pub(super) count: u64,
    /// Whether one began with this acknowledgement.
    pub(super) started: bool,
    next_delivered: u64,
}

impl Rounds {
    pub(super) fn on_ack(&mut self, ack: &Ack) {
        self.started = ack.prior_delivered.is_some_and(|prior| prior >= self.next_delivered);
        if self.started {
            self.restart(ack.delivered);
            self.count += 1;
        }
    }

    /// A round trip begins now that so many have arrived.
    pub(super) fn restart(&mut self, delivered: u64) {
        self.next_delivered = delivered;
    }
}

/// Whether the rate of delivery still grows by a quarter within three round trips.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FullPipe {
    base: f64,
    rounds: u32,
    /// It does not, since this was reset.
    pub(super) now: bool,
    /// It once did not.
    pub(super) reached: bool,
}

impl FullPipe {
    /// A round trip ended in which this was the rate.
    pub(super) fn on_round(&mut self, rate: f64) {
        if self.now {
            return;
        }
        if rate >= self.base * 1.25 {
            self.reset(rate);
            return;
        }
        self.rounds += 1;
        self.now = self.rounds >= 3;
        self.reached |= self.now;
    }

    /// Looks anew, from this rate on.
    pub(super) fn reset(&mut self, base: f64) {
        *self = FullPipe { base, rounds: 0, now: false, reached: self.reached };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maximum_is_of_the_window_and_memory_too() {
        let mut filter = MaxFilter::new(2);
        for (time, value, max) in
            [(0, 5.0, 5.0), (0, 4.0, 5.0), (1, 3.0, 5.0), (2, 2.0, 5.0), (3, 1.0, 3.0)]
        {
            filter.update(time, value);
            assert_eq!(filter.max(), max, "at {time}");
        }
        for step in 0..1_000 {
            filter.update(4, 0.9 - f64::from(step) / 1e4);
        }
        assert!(filter.samples.len() <= 3, "{:?}", filter.samples);
    }

    #[test]
    fn three_rounds_without_growth_are_a_full_pipe() {
        let mut full = FullPipe::default();
        for (rate, now) in [(10.0, false), (20.0, false), (22.0, false), (24.0, false)] {
            full.on_round(rate);
            assert_eq!(full.now, now);
        }
        full.on_round(24.9);
        assert!(full.now && full.reached);
        full.reset(24.9);
        assert!(!full.now && full.reached, "it stays reached");
    }
}
