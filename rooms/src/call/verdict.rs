//! Whether a call was what it should be.

use std::time::Duration;

use crate::text::count;

/// A track that was announced for less time owes nothing, and neither does one whose sender left
/// before anything of it came: nobody can tell whether it ever sent.
const GRACE: Duration = Duration::from_secs(3);

/// What is known of a track that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whose it is and what, in words.
    pub(super) name: String,
    /// Frames that were decoded.
    pub(super) decoded: u64,
    /// Frames that came.
    pub(super) received: u64,
    /// How long it was there.
    pub(super) lasted: Duration,
    /// Who sends it has left, or its connection was lost when the call ended.
    pub(super) gone: bool,
}

/// What is wrong; nothing when all is well. `expected` is how many tracks shall have come in; when
/// it is not said, every one that was announced.
pub(super) fn problems(connected: bool, expected: Option<usize>, seen: &[Seen]) -> Vec<String> {
    if !connected {
        return vec!["no connection came about".to_owned()];
    }
    let flowed = seen.iter().filter(|track| track.decoded > 0).count();
    let owes = |track: &&Seen| track.lasted >= GRACE && !(track.gone && track.received == 0);
    let silent = seen.iter().filter(|track| track.decoded == 0).filter(owes);
    let silent: Vec<String> = silent.map(silent_words).collect();
    match expected {
        Some(expected) if flowed < expected => {
            let what = format!("{flowed} of {expected} expected tracks came in");
            std::iter::once(what).chain(silent).collect()
        }
        Some(_) => Vec::new(),
        None => silent,
    }
}

fn silent_words(track: &Seen) -> String {
    match track.received {
        0 => format!("no frame of {} came in", track.name),
        received => {
            format!("none of {} of {} could be decoded", count(received, "frame"), track.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(name: &str, received: u64, decoded: u64, seconds: u64) -> Seen {
        let lasted = Duration::from_secs(seconds);
        Seen { name: name.to_owned(), decoded, received, lasted, gone: false }
    }

    #[test]
    fn what_was_announced_must_flow() {
        let tracks = [seen("Ada's camera", 9, 9, 5), seen("Ada's microphone", 0, 0, 5)];
        assert_eq!(problems(true, None, &tracks), ["no frame of Ada's microphone came in"]);
        assert_eq!(problems(true, None, &tracks[..1]), [""; 0]);
        assert_eq!(problems(true, None, &[seen("late", 0, 0, 1)]), [""; 0]);
        assert_eq!(problems(true, None, &[]), [""; 0]);
        assert_eq!(problems(false, None, &[]), ["no connection came about"]);
    }

    #[test]
    fn who_left_before_sending_owes_nothing() {
        let left = |received| Seen { gone: true, ..seen("a", received, 0, 30) };
        assert_eq!(problems(true, None, &[left(0)]), [""; 0]);
        assert_eq!(problems(true, None, &[left(1)]), ["none of 1 frame of a could be decoded"]);
        assert_eq!(problems(true, Some(1), &[left(0)]), ["0 of 1 expected tracks came in"]);
    }

    #[test]
    fn a_number_that_is_asked_for_decides_alone() {
        let tracks = [seen("a", 9, 9, 5), seen("b", 7, 0, 5)];
        assert_eq!(problems(true, Some(1), &tracks), [""; 0]);
        let found = problems(true, Some(2), &tracks);
        assert_eq!(found[0], "1 of 2 expected tracks came in");
        assert_eq!(found[1], "none of 7 frames of b could be decoded");
        assert_eq!(problems(true, Some(3), &[]), ["0 of 3 expected tracks came in"]);
    }
}
