//! Which ports of a range are in use.

use std::ops::RangeInclusive;

/// One bit for each port.
#[derive(Debug)]
pub(super) struct Ports {
    range: RangeInclusive<u16>,
    used: Vec<u64>,
}

impl Ports {
    pub(super) fn new(range: RangeInclusive<u16>) -> Self {
        let used = vec![0; range.len().div_ceil(64)];
        Ports { range, used }
    }

    /// The first free port from the drawn one on, around the end of the range.
    pub(super) fn take(&mut self, drawn: u32, even: bool) -> Option<u16> {
        let (count, first) = (self.range.len(), usize::from(*self.range.start()));
        let start = drawn as usize % count.max(1);
        let mut places = (0..count).map(|step| (start + step) % count);
        let fits = |place: usize| !even || (first + place).is_multiple_of(2);
        let free = |place: usize| self.used[place / 64] >> (place % 64) & 1 == 0;
        let place = places.find(|place| fits(*place) && free(*place))?;
        self.used[place / 64] |= 1 << (place % 64);
        u16::try_from(first + place).ok()
    }

    pub(super) fn give_back(&mut self, port: u16) {
        let Some(place) = port.checked_sub(*self.range.start()).map(usize::from) else { return };
        if let Some(word) = self.used.get_mut(place / 64) {
            *word &= !(1 << (place % 64));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_is_given_once() {
        let mut ports = Ports::new(65_400..=65_535);
        let mut given: Vec<u16> = std::iter::from_fn(|| ports.take(100, false)).collect();
        assert_eq!((given.len(), given[0]), (136, 65_500));
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), 136);
        ports.give_back(65_535);
        ports.give_back(65_534);
        ports.give_back(1);
        assert_eq!(ports.take(0, true), Some(65_534));
        assert_eq!(ports.take(0, true), None);
        assert_eq!(ports.take(0, false), Some(65_535));
    }
}
