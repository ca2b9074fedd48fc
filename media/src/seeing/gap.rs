//! The last picture before a gap.
//!
//! Where the frame that should follow on it is overdue, it is most likely sent again. Until it is
//! there the picture is kept back, so that the screen stands still twice for a short time and not
//! once for a long one. It is not kept for so long that this alone would be a freeze.

use super::freezes::BEYOND;
use super::settings::MS;

/// A frame that is this much later than the fastest would be is overdue.
const OVERDUE: i64 = 10 * MS;

/// Most that a picture is kept back. With more, pictures are less even where one repair is enough;
/// with less, there are more freezes where a repair is lost too.
const KEPT: i64 = 100 * MS;

const _: () = assert!(KEPT < BEYOND);

/// Until when a picture that is due at `at` is kept back, if at all. `fastest` is when it would
/// have been there at the soonest; `pace` is when the picture before it was shown, and the usual
/// time from one to the next.
pub(super) fn kept_until(at: i64, fastest: i64, pace: (i64, i64)) -> Option<i64> {
    let (shown, usual) = pace;
    let until = shown + usual + KEPT;
    (at > fastest + usual + OVERDUE && until > at).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_follows_on_is_kept_back_for_less_than_a_freeze() {
        // Every 40 ms, shown 90 ms after the fastest: the next one should be there.
        let kept = |wait: i64, shown: i64| {
            kept_until(wait * MS, 0, (shown * MS, 40 * MS)).map(|until| until / MS)
        };
        assert_eq!(kept(90, 50), Some(190));
        assert_eq!(kept(50, 10), None, "the next one may still come in time");
        assert_eq!(kept(90, -100), None, "the one before was there for long enough");
    }
}
