//! Numbers in groups of seven bits, lowest first (AV1 specification section 4.10.5).

/// Bytes of the longest number that is read: 32 bits.
const BYTES_MAX: usize = 5;

/// Reads a number, and says how many bytes it has. `None` for one that is cut or too large.
pub(super) fn read_leb128(bytes: &[u8]) -> Option<(u32, usize)> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(BYTES_MAX) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return u32::try_from(value).ok().map(|value| (value, index + 1));
        }
    }
    None
}

/// Bytes that a number has.
pub(super) fn leb128_len(value: usize) -> usize {
    let bits = usize::BITS - value.leading_zeros();
    bits.div_ceil(7).max(1) as usize
}

/// The bytes of a number below 2^32, and how many they are.
pub(super) fn leb128(value: usize) -> ([u8; BYTES_MAX], usize) {
    let len = leb128_len(value);
    let mut bytes = [0; BYTES_MAX];
    for (index, byte) in bytes[..len].iter_mut().enumerate() {
        *byte = (value >> (7 * index)) as u8 & 0x7f | u8::from(index + 1 < len) << 7;
    }
    (bytes, len)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(value: u32) {
            let (bytes, len) = leb128(value as usize);
            prop_assert_eq!(read_leb128(&bytes[..len]), Some((value, len)));
            prop_assert_eq!(read_leb128(&bytes[..len - 1]), None);
        }
    }

    #[test]
    fn longer_forms_are_read_and_larger_numbers_are_not() {
        assert_eq!(leb128(300).0[..2], [0xac, 0x02]);
        assert_eq!(read_leb128(&[0x81, 0x80, 0x00]), Some((1, 3)));
        assert_eq!(read_leb128(&[0xff, 0xff, 0xff, 0xff, 0x1f]), None);
    }
}
