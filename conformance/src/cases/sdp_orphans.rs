//! Lines about codecs that are not there.

use super::sdp_edits::{connects_with, with_orphans};
use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "Feedback and parameters of a payload type that is not listed are passed over",
    "RFC 9429 section 5.8, RFC 4585 section 4.2",
    play,
);

fn play(scene: &mut Scene<'_>) -> Played {
    connects_with(scene, with_orphans)
}
