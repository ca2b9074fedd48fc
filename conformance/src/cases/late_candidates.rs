//! Candidates that take their time.

use std::time::Duration;

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "Candidates of both sides arrive four seconds after the descriptions",
    "RFC 8838 section 12",
    play,
)
.needs(&["trickle"]);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let content = scene.content()?;
    scene.carries = false;
    scene.negotiate(scene.offerer())?;
    scene.rest(Duration::from_secs(4));
    scene.carries = true;
    scene.connected()?;
    scene.content_arrives(&content)
}
