//! Parts of a frame, joined in the memory that is handed out.

use std::sync::Arc;

/// All parts one behind the other. Each byte is written once: a large frame is neither zeroed
/// before nor copied again from a buffer.
#[expect(
    unsafe_code,
    reason = "nothing safe fills shared memory by parts without writing it twice"
)]
pub(super) fn join<'p>(parts: impl Iterator<Item = &'p [u8]> + Clone) -> Arc<[u8]> {
    let len = parts.clone().map(<[u8]>::len).sum();
    let mut joined = Arc::<[u8]>::new_uninit_slice(len);
    let mut rest = Arc::get_mut(&mut joined).expect("nobody else has it");
    for part in parts {
        let (place, behind) = rest.split_at_mut(part.len());
        place.write_copy_of_slice(part);
        rest = behind;
    }
    assert!(rest.is_empty(), "the parts are as long as they were");
    // SAFETY: the places that were written lie one behind the other from the first byte on, and
    // nothing is left behind them, so all bytes are written.
    unsafe { joined.assume_init() }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn parts_are_one_behind_the_other() {
        let parts: [&[u8]; 4] = [&[1, 2], &[], &[3], &[4, 5, 6]];
        assert_eq!(&join(parts.into_iter())[..], [1, 2, 3, 4, 5, 6]);
        assert_eq!(join([].into_iter()).len(), 0);
    }

    #[test]
    #[should_panic(expected = "as long as they were")]
    fn parts_that_shrink_are_no_frame() {
        let looked = Cell::new(0);
        let part = |bytes: &'static [u8]| {
            looked.set(looked.get() + 1);
            if looked.get() == 1 { bytes } else { &bytes[..1] }
        };
        let parts: [&[u8]; 1] = [&[1, 2]];
        join(parts.into_iter().map(part));
    }
}
