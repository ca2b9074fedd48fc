//! Decisions from bytes, so that a search, a property test and a fuzzer share one generator.

/// A tape of bytes that decides. When it is at its end, every decision is the first choice: a
/// shorter tape is a simpler universe.
///
/// ```
/// use lapwing_simnet::explore::Tape;
/// let mut tape = Tape::new(&[200, 7]);
/// assert_eq!(tape.choose(&["a", "b", "c"]), &"c");
/// assert_eq!(tape.between(10, 20), 17);
/// assert_eq!(tape.between(10, 20), 10);
/// ```
#[derive(Clone, Debug)]
pub struct Tape<'a> {
    rest: &'a [u8],
}

impl<'a> Tape<'a> {
    /// A tape of these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Tape { rest: bytes }
    }

    fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number from `0` to `count - 1`, from one byte, or two when `count` is more than 256. Zero
    /// when `count` is zero.
    pub fn below(&mut self, count: u32) -> u32 {
        let draw = match count {
            0..=256 => u32::from(self.byte()),
            _ => u32::from(self.byte()) | u32::from(self.byte()) << 8,
        };
        draw.checked_rem(count).unwrap_or(0)
    }

    /// A number from `low` to `high`; `low` when the range is empty.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        match high.checked_sub(low) {
            Some(width) => low + self.below(width.saturating_add(1)),
            None => low,
        }
    }

    /// One of some choices; the first at the end of the tape.
    ///
    /// # Panics
    /// When there are none.
    pub fn choose<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        let count = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        &choices[self.below(count) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::Tape;

    #[test]
    fn decisions_stay_in_bounds_and_end_in_the_first() {
        let bytes: Vec<u8> = (0..=255).rev().collect();
        let mut tape = Tape::new(&bytes);
        for count in [1, 3, 256, 257, 40_000] {
            assert!(tape.below(count) < count);
        }
        let mut empty = Tape::new(&[]);
        assert_eq!((empty.below(9), empty.below(9_000), empty.between(5, 3)), (0, 0, 5));
        assert_eq!(empty.choose(&[4, 5]), &4);
    }
}
