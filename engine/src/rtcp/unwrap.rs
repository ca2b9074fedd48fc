//! Numbers that wrap, made into numbers that do not.

/// The number whose low 16 bits are `low` that is nearest to `reference`.
pub(super) fn near(reference: u64, low: u16) -> u64 {
    let ahead = i64::from(low.wrapping_sub(reference as u16) as i16);
    match reference.checked_add_signed(ahead) {
        Some(number) => number,
        // Below zero there is nothing: it is the one of the next round.
        None => reference.wrapping_add_signed(ahead + (1 << 16)),
    }
}

/// Extends numbers of `BITS` bits, each near the one before it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unwrapper<const BITS: u32> {
    last: Option<u64>,
}

impl<const BITS: u32> Unwrapper<BITS> {
    /// The first number comes one round above zero, so that a few before it fit below.
    pub(super) fn extend(&mut self, low: u32) -> u64 {
        let round = 1u64 << BITS;
        let number = match self.last {
            None => round + u64::from(low),
            Some(last) => {
                let ahead = u64::from(low).wrapping_sub(last) & (round - 1);
                let behind = round - ahead;
                match (ahead < round / 2, last.checked_sub(behind)) {
                    (false, Some(earlier)) => earlier,
                    _ => last + ahead,
                }
            }
        };
        self.last = Some(self.last.map_or(number, |last| last.max(number)));
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_number_is_taken() {
        assert_eq!(near(0x1_0005, 0xFFFF), 0xFFFF);
        assert_eq!(near(0xFFFF, 3), 0x1_0003);
        assert_eq!(near(5, 3), 3);
        assert_eq!(near(5, 0xFFFF), 0xFFFF, "there is nothing below zero");
    }

    #[test]
    fn wraps_and_steps_back_are_followed() {
        let mut numbers = Unwrapper::<24>::default();
        let round = 1 << 24;
        assert_eq!(numbers.extend(5), round + 5);
        assert_eq!(numbers.extend(0xFF_FFFF), round - 1, "it was sent before");
        assert_eq!(numbers.extend(0x7F_0000), round + 0x7F_0000);
        assert_eq!(numbers.extend(0xFE_0000), round + 0xFE_0000);
        assert_eq!(numbers.extend(1), 2 * round + 1);
    }
}
