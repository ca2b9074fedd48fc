//! A call with VP9 pictures.

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case =
    Case::new("VP9 both ways: numbered pictures arrive in order", "RFC 9628", play);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let video = scene.video("VP9")?;
    scene.connect()?;
    scene.flows(&[video])
}
