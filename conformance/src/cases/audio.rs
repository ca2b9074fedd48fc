//! A call with sound alone.

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case =
    Case::new("Opus both ways: the tones of both sides arrive", "RFC 7587", play).fast();

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let audio = scene.audio()?;
    scene.connect()?;
    scene.flows(&[audio])
}
