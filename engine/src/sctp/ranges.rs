//! A set of numbers, kept as ranges in order: what came ahead of a gap, at either end.

/// First and last of each range. They rise, and do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges {
    ranges: Vec<(u64, u64)>,
}

impl Ranges {
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.ranges.iter().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub(super) fn last(&self) -> Option<u64> {
        self.ranges.last().map(|(_, last)| *last)
    }

    pub(super) fn contains(&self, number: u64) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= number);
        after > 0 && self.ranges[after - 1].1 >= number
    }

    /// False where it was there before.
    pub(super) fn insert(&mut self, number: u64) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= number);
        if after > 0 && self.ranges[after - 1].1 >= number {
            return false;
        }
        let extends = after > 0 && self.ranges[after - 1].1 + 1 == number;
        let meets = self.ranges.get(after).is_some_and(|(first, _)| *first == number + 1);
        match (extends, meets) {
            (true, true) => {
                self.ranges[after - 1].1 = self.ranges[after].1;
                self.ranges.remove(after);
            }
            (true, false) => self.ranges[after - 1].1 = number,
            (false, true) => self.ranges[after].0 = number,
            (false, false) => self.ranges.insert(after, (number, number)),
        }
        true
    }

    /// Forgets all numbers up to this, and those that follow it in a row: the last of these, or the
    /// number itself.
    pub(super) fn pass(&mut self, number: u64) -> u64 {
        let gone = self.ranges.partition_point(|(_, last)| *last <= number);
        self.ranges.drain(..gone);
        let Some((first, last)) = self.ranges.first_mut() else { return number };
        if *first > number + 1 {
            return number;
        }
        let last = *last;
        self.ranges.remove(0);
        last
    }

    /// Adds ranges, which rise and do not touch, and tells what of them was not there. What it
    /// costs grows with the number of ranges, not with what is in them.
    pub(super) fn merge(&mut self, others: &[(u64, u64)], mut is_new: impl FnMut(u64, u64)) {
        let mut known = std::mem::take(&mut self.ranges).into_iter().peekable();
        for (first, last) in others.iter().copied() {
            while let Some((begin, end)) = known.next_if(|(begin, _)| *begin < first) {
                self.push(begin, end);
            }
            let mut from = self.last().map_or(first, |reached| first.max(reached + 1));
            self.push(first, last);
            while let Some((begin, end)) = known.next_if(|(begin, _)| *begin <= last) {
                if begin > from {
                    is_new(from, begin - 1);
                }
                from = from.max(end + 1);
                self.push(begin, end);
            }
            if from <= last {
                is_new(from, last);
            }
        }
        known.for_each(|(first, last)| self.push(first, last));
    }

    /// At the end, or into it: what is pushed never begins before the last range does.
    fn push(&mut self, first: u64, last: u64) {
        match self.ranges.last_mut() {
            Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
            _ => self.ranges.push((first, last)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn of(set: &BTreeSet<u64>) -> Ranges {
        let mut ranges = Ranges::default();
        set.iter().for_each(|number| {
            ranges.insert(*number);
        });
        ranges
    }

    fn all(ranges: &Ranges) -> Vec<u64> {
        ranges.iter().flat_map(|(first, last)| first..=last).collect()
    }

    proptest! {
        #[test]
        fn as_a_set_has_it(numbers in prop::collection::vec(1u64..60, 0..80), passed in 0u64..60) {
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for number in numbers {
                prop_assert_eq!(ranges.contains(number), set.contains(&number));
                prop_assert_eq!(ranges.insert(number), set.insert(number));
                prop_assert_eq!(all(&ranges), set.iter().copied().collect::<Vec<_>>());
            }
            let apart = ranges.iter().zip(ranges.iter().skip(1));
            prop_assert!(apart.into_iter().all(|(one, next)| one.1 + 1 < next.0));
            let mut reached = passed;
            while set.contains(&(reached + 1)) {
                reached += 1;
            }
            prop_assert_eq!(ranges.pass(passed), reached);
            prop_assert_eq!(all(&ranges), set.range(reached + 1..).copied().collect::<Vec<_>>());
        }

        #[test]
        fn what_is_new_is_told(
            before in prop::collection::btree_set(1u64..60, 0..50),
            more in prop::collection::btree_set(1u64..60, 0..50),
        ) {
            let (mut ranges, mut told) = (of(&before), Vec::new());
            let others: Vec<_> = of(&more).iter().collect();
            ranges.merge(&others, |first, last| told.extend(first..=last));
            prop_assert_eq!(&ranges, &of(&before.union(&more).copied().collect()));
            prop_assert_eq!(told, more.difference(&before).copied().collect::<Vec<_>>());
        }
    }
}
