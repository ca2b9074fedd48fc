//! Several m-lines of a kind.

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case =
    Case::new("Two tracks of sound and two of pictures, each the right one", "RFC 8843 section 9.2", play)
        .needs(&["several"]);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let codec = scene.common_video()?;
    let tracks = [scene.audio()?, scene.audio()?, scene.video(codec)?, scene.video(codec)?];
    scene.connect()?;
    scene.flows(&tracks)
}
