//! A call with sound as most telephones outside America and Japan have it.

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new("G.711 A-law both ways", "RFC 7874 section 3", play);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let audio = scene.track("audio", "PCMA", ["sendrecv"; 2])?;
    scene.connect()?;
    scene.flows(&[audio])
}
