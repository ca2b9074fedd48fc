//! Fields of single bits, highest first, as the AV1 RTP specification's appendix A writes them.

/// Reads bits; past the end there are none.
#[derive(Clone, Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        BitReader { bytes, at: 0 }
    }

    /// `f(count)`, 32 bits at most.
    pub(super) fn bits(&mut self, count: usize) -> Option<u32> {
        if self.at + count > self.bytes.len() * 8 {
            return None;
        }
        let mut value = 0;
        for at in self.at..self.at + count {
            let bit = self.bytes[at / 8] >> (7 - at % 8) & 1;
            value = value << 1 | u32::from(bit);
        }
        self.at += count;
        Some(value)
    }

    /// `f(count)` where it fits a byte.
    pub(super) fn byte(&mut self, count: usize) -> Option<u8> {
        debug_assert!(count <= 8, "a byte has eight bits");
        self.bits(count).map(|bits| bits as u8)
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        self.bits(1).map(|bit| bit == 1)
    }

    /// `ns(count)`: a value below `count`, which is at least 1.
    pub(super) fn non_symmetric(&mut self, count: u32) -> Option<u32> {
        let width = 32 - count.leading_zeros();
        let short = (1 << width) - count;
        let value = self.bits(width as usize - 1)?;
        if value < short {
            return Some(value);
        }
        Some((value << 1) - short + self.bits(1)?)
    }
}

/// Writes bits at the end of a buffer, whose last byte is filled up with zeros.
#[derive(Debug)]
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    free: usize,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        BitWriter { out, free: 0 }
    }

    pub(super) fn bits(&mut self, count: usize, value: u32) {
        for at in (0..count).rev() {
            if self.free == 0 {
                self.out.push(0);
                self.free = 8;
            }
            self.free -= 1;
            let last = self.out.len() - 1;
            self.out[last] |= ((value >> at & 1) as u8) << self.free;
        }
    }

    pub(super) fn flag(&mut self, flag: bool) {
        self.bits(1, flag.into());
    }

    pub(super) fn non_symmetric(&mut self, count: u32, value: u32) {
        let width = 32 - count.leading_zeros();
        let short = (1 << width) - count;
        match value < short {
            true => self.bits(width as usize - 1, value),
            false => self.bits(width as usize, value + short),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            fields in prop::collection::vec((0..33_usize, any::<u32>(), 1..40_u32), 0..50),
        ) {
            let mut bytes = Vec::new();
            let mut writer = BitWriter::new(&mut bytes);
            let cut = |count: usize, value: u32| value & (1_u64 << count).wrapping_sub(1) as u32;
            for (count, value, below) in &fields {
                writer.bits(*count, *value);
                writer.non_symmetric(*below, value % below);
            }
            let mut reader = BitReader::new(&bytes);
            for (count, value, below) in &fields {
                prop_assert_eq!(reader.bits(*count), Some(cut(*count, *value)));
                prop_assert_eq!(reader.non_symmetric(*below), Some(value % below));
            }
            prop_assert_eq!(reader.bits(8), None);
        }
    }

    #[test]
    fn nothing_stands_past_the_end() {
        let mut reader = BitReader::new(&[0b1010_0000]);
        assert_eq!(reader.bits(3), Some(0b101));
        assert_eq!(reader.bits(6), None);
        assert_eq!(reader.bits(5), Some(0));
        assert_eq!(reader.flag(), None);
    }
}
