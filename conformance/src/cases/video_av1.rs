//! A call with AV1 pictures.

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case =
    Case::new("AV1 both ways: numbered pictures arrive in order", "RTP payload format for AV1 1.0", play);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let video = scene.video("AV1")?;
    scene.connect()?;
    scene.flows(&[video])
}
