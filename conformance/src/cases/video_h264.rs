//! A call with H264 pictures.

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case =
    Case::new("H264 both ways: numbered pictures arrive in order", "RFC 6184", play);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let video = scene.video("H264")?;
    scene.connect()?;
    scene.flows(&[video])
}
