//! A call with the wide-band sound of telephones, whose clock runs at half of its samples' rate.

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new("G.722 both ways", "RFC 3551 section 4.5.2", play);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let audio = scene.track("audio", "G722", ["sendrecv"; 2])?;
    scene.connect()?;
    scene.flows(&[audio])
}
