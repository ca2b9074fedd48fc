//! Two costs side by side.

/// Two figures compared over several turns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Median figure of the first.
    pub base: f64,
    /// Median figure of the second.
    pub other: f64,
    /// Median of the second over the first, turn by turn.
    pub ratio: f64,
    /// The tenth and the ninetieth percentile of that ratio.
    pub spread: (f64, f64),
}

impl Comparison {
    /// Compares figures that were measured in turns, first and second.
    ///
    /// # Panics
    ///
    /// Without a single turn.
    pub fn of(turns: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let turns: Vec<(f64, f64)> = turns.into_iter().collect();
        assert!(!turns.is_empty(), "at least one turn");
        let sorted = |figure: fn(&(f64, f64)) -> f64| {
            let mut figures: Vec<f64> = turns.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures
        };
        let ratios = sorted(|(base, other)| other / base);
        Comparison {
            base: percentile(&sorted(|(base, _)| *base), 50),
            other: percentile(&sorted(|(_, other)| *other), 50),
            ratio: percentile(&ratios, 50),
            spread: (percentile(&ratios, 10), percentile(&ratios, 90)),
        }
    }
}

/// Measures two things in turns, the one that begins changing from turn to turn, so that what the
/// machine does beside it hits both alike.
///
/// ```
/// use lapwing_benches::measure::{Comparison, paired};
/// let found = Comparison::of(paired(9, || 2.0, || 3.0));
/// assert_eq!(found.ratio, 1.5);
/// ```
pub fn paired<T>(
    turns: usize,
    mut base: impl FnMut() -> T,
    mut other: impl FnMut() -> T,
) -> Vec<(T, T)> {
    let turn = |turn: usize| {
        if turn.is_multiple_of(2) {
            let first = base();
            (first, other())
        } else {
            let second = other();
            (base(), second)
        }
    };
    (0..turns).map(turn).collect()
}

/// The figure below which so many percent of the sorted figures lie.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() - 1) * percent / 100]
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn one_slow_turn_does_not_count() {
        let mut turns = vec![(1.0, 1.1); 20];
        turns[3] = (1.0, 9.0);
        let found = Comparison::of(turns);
        assert_eq!((found.base, found.other, found.ratio), (1.0, 1.1, 1.1));
        assert_eq!(found.spread, (1.1, 1.1));
    }

    #[test]
    fn the_one_that_begins_changes() {
        let order = RefCell::new(String::new());
        paired(3, || order.borrow_mut().push('a'), || order.borrow_mut().push('b'));
        assert_eq!(*order.borrow(), "abbaab");
    }
}
