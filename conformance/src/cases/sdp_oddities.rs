//! Descriptions that are odd but legal.

use super::sdp_edits::{ODDITIES, connects_with};
use crate::wall::{Case, Played, Scene, Stop};

pub(super) const CASE: Case = Case::new(
    "Offers as real stacks write them: line ends, unknown attributes, bandwidth, upper case",
    "RFC 8866 section 5, RFC 9429 section 5.8",
    play,
)
.within(100);

fn play(scene: &mut Scene<'_>) -> Played {
    for (name, edit) in ODDITIES {
        connects_with(scene, edit).map_err(|stop| match stop {
            Stop::Fault(text) => Stop::Fault(format!("{name}: {text}")),
            other => other,
        })?;
    }
    Ok(())
}
