//! Which numbers of a row there are: ranges from the first to the first after.

use std::collections::BTreeMap;

/// Ranges that neither overlap nor touch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The lowest one.
    pub(crate) fn first(&self) -> Option<(u64, u64)> {
        self.0.first_key_value().map(|(start, end)| (*start, *end))
    }

    /// Takes the lowest one away.
    pub(crate) fn pop_first(&mut self) {
        self.0.pop_first();
    }

    /// The one that a number lies in, or the next below it.
    pub(crate) fn at_or_below(&self, number: u64) -> Option<(u64, u64)> {
        self.0.range(..=number).next_back().map(|(start, end)| (*start, *end))
    }

    /// Whether all of `start` to `end` is there.
    pub(crate) fn holds(&self, start: u64, end: u64) -> bool {
        self.at_or_below(start).is_some_and(|(_, stop)| stop >= end)
    }

    /// From the highest down.
    pub(crate) fn descending(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().rev().map(|(start, end)| (*start, *end))
    }

    /// Adds `start` to `end`, and joins what overlaps or touches it.
    pub(crate) fn insert(&mut self, mut start: u64, mut end: u64) {
        if let Some((left, stop)) = self.at_or_below(start)
            && stop >= start
        {
            (start, end) = (left, end.max(stop));
        }
        while let Some((&right, &stop)) = self.0.range(start..).next() {
            if right > end {
                break;
            }
            end = end.max(stop);
            self.0.remove(&right);
        }
        self.0.insert(start, end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_or_touches_is_joined() {
        let mut ranges = Ranges::default();
        for (start, end) in [(10, 20), (30, 40), (50, 60), (20, 25), (24, 31), (5, 6)] {
            ranges.insert(start, end);
        }
        assert_eq!(ranges.descending().collect::<Vec<_>>(), [(50, 60), (10, 40), (5, 6)]);
        assert!(ranges.holds(10, 40) && ranges.holds(12, 13));
        assert!(!ranges.holds(10, 41) && !ranges.holds(40, 41) && !ranges.holds(1, 2));
        ranges.pop_first();
        assert_eq!((ranges.first(), ranges.len()), (Some((10, 40)), 2));
    }
}
