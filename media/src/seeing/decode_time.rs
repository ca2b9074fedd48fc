//! How long decoding takes.

/// Frames that are remembered: two seconds and more.
const REMEMBERED: usize = 64;

/// Place of the 95th percentile among a hundred.
const PERCENT: usize = 95;

/// No more than this is planned for: who needs it has stopped for a moment, or is too slow.
const MOST: i64 = 100_000;

/// The last decoding times in microseconds.
#[derive(Clone, Debug)]
pub(super) struct DecodeTimes {
    times: [i64; REMEMBERED],
    count: usize,
    percentile: i64,
}

impl DecodeTimes {
    pub(super) fn new() -> Self {
        DecodeTimes { times: [0; REMEMBERED], count: 0, percentile: 0 }
    }

    pub(super) fn add(&mut self, took: i64) {
        self.times[self.count % REMEMBERED] = took.clamp(0, MOST);
        self.count += 1;
        let known = self.count.min(REMEMBERED);
        let mut sorted = self.times;
        let sorted = &mut sorted[..known];
        sorted.sort_unstable();
        self.percentile = sorted[(known * PERCENT / 100).min(known - 1)];
    }

    /// All but one of twenty take at most this.
    pub(super) fn percentile(&self) -> i64 {
        self.percentile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_frame_among_many_is_not_planned_for_but_one_in_ten_is() {
        let mut times = DecodeTimes::new();
        assert_eq!(times.percentile(), 0);
        (0..200).for_each(|index| times.add(if index == 150 { 90_000 } else { 5_000 }));
        assert_eq!(times.percentile(), 5_000);
        (0..200).for_each(|index| times.add(if index % 10 == 0 { 20_000 } else { 5_000 }));
        assert_eq!(times.percentile(), 20_000);
        (0..200).for_each(|_| times.add(i64::MAX));
        assert_eq!(times.percentile(), MOST);
    }
}
