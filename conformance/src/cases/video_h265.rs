//! A call with H265 pictures.

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case =
    Case::new("H265 both ways: numbered pictures arrive in order", "RFC 7798", play);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let video = scene.video("H265")?;
    scene.connect()?;
    scene.flows(&[video])
}
