//! Splitting of what is larger than a packet.

use super::error::PayloadError;

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

/// The units of an aggregate's body, each behind its length in two bytes.
pub(super) fn sized_units(
    body: &[u8],
    is_unit: impl Fn(&[u8]) -> bool,
) -> impl Iterator<Item = Result<&[u8], PayloadError>> {
    let mut rest = body;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let unit = rest.split_first_chunk::<2>().and_then(|(len, after)| {
            let (unit, after) = after.split_at_checked(u16::from_be_bytes(*len).into())?;
            rest = after;
            Some(unit)
        });
        let Some(unit) = unit else {
            rest = &[];
            return Some(Err(PayloadError::Truncated));
        };
        Some(if is_unit(unit) { Ok(unit) } else { Err(PayloadError::Malformed) })
    })
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
