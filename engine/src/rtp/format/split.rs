//! Splitting of what is larger than a packet.

/// Lengths of the parts of `len` bytes that have at most `most` each: as few as possible, and of
/// nearly equal length, so that none is a packet of a few bytes.
pub(super) fn even_parts(len: usize, most: usize) -> impl Iterator<Item = usize> {
    let count = len.div_ceil(most.max(1));
    // The first ones have one byte more, so that all fit.
    let (least, longer) = match count {
        0 => (0, 0),
        _ => (len / count, len % count),
    };
    (0..count).map(move |index| least + usize::from(index < longer))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::even_parts;

    proptest! {
        #[test]
        fn parts_are_few_and_nearly_equal(len in 0..100_000_usize, most in 1..2_000_usize) {
            let parts: Vec<usize> = even_parts(len, most).collect();
            prop_assert_eq!(parts.iter().sum::<usize>(), len);
            prop_assert_eq!(parts.len(), len.div_ceil(most));
            let (least, largest) = (parts.iter().min(), parts.iter().max());
            prop_assert!(largest.is_none_or(|largest| *largest <= most));
            prop_assert!(largest.zip(least).is_none_or(|(largest, least)| largest - least <= 1));
        }
    }
}
