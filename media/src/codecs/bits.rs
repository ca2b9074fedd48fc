//! Headers are read bit by bit.

/// Bits, highest first. Reading beyond the end gives `None`.
#[derive(Clone, Debug)]
pub(crate) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Bits { data, at: 0 }
    }

    /// A number of up to 32 bits.
    pub(crate) fn read(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.data.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        self.read(1).map(|bit| bit == 1)
    }

    /// A number in a variable number of bits: `uvlc` of AV1 (section 4.10.3), `ue(v)` of H.264
    /// (section 9.1). The largest number stands for all that do not fit.
    pub(crate) fn exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
        }
        if zeros >= 32 {
            return Some(u32::MAX);
        }
        Some((1 << zeros) - 1 + self.read(zeros)?)
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn numbers_of_any_length_are_read() {
        // 1, 010, 011, 00100, 1; then one bit too few.
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_1000]);
        let numbers: Vec<_> = (0..5).map(|_| bits.exp_golomb()).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 0].map(Some));
        assert_eq!(bits.exp_golomb(), None);
        let mut bits = Bits::new(&[0x12, 0x34]);
        assert_eq!((bits.read(4), bits.read(12), bits.flag()), (Some(1), Some(0x234), None));
        assert_eq!(Bits::new(&[0, 0, 0, 0, 0xff]).exp_golomb(), Some(u32::MAX));
    }
}
