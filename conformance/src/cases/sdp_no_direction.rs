//! A direction that is not said.

use super::sdp_edits::{connects_with, without_direction};
use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "An m-line without a direction is sendrecv",
    "RFC 8866 section 6.7",
    play,
);

fn play(scene: &mut Scene<'_>) -> Played {
    connects_with(scene, without_direction)
}
