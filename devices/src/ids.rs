//! Names of tracks and streams.

use std::sync::{Arc, Mutex, PoisonError};

/// Makes random names of the form of a UUID (RFC 9562 section 5.4), as browsers do.
#[derive(Clone, Debug)]
pub(crate) struct Ids(Arc<Mutex<fastrand::Rng>>);

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Ids(Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))))
    }

    pub(crate) fn next(&self) -> String {
        let bits = self.0.lock().unwrap_or_else(PoisonError::into_inner).u128(..);
        // Version 4, variant 10.
        let bits = bits & !(0xf << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62;
        let text = format!("{bits:032x}");
        let parts = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]];
        parts.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_uuids_and_come_from_the_seed() {
        let (ids, again) = (Ids::new(7), Ids::new(7));
        let first = ids.next();
        assert_eq!(first, again.next());
        assert_ne!(first, ids.next());
        let places: Vec<usize> = first.match_indices('-').map(|(at, _)| at).collect();
        assert_eq!((first.len(), &places[..]), (36, &[8, 13, 18, 23][..]));
        assert_eq!(first.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&first.as_bytes()[19]));
    }
}
