//! A call with VP8 pictures.

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case =
    Case::new("VP8 both ways: numbered pictures arrive in order", "RFC 7741", play).fast();

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let video = scene.video("VP8")?;
    scene.connect()?;
    scene.flows(&[video])
}
