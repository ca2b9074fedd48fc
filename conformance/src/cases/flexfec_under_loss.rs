//! Parity in a stream of its own.

use super::parity;
use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "FlexFEC-03 both ways under 3 % loss: lost packets are made of parity",
    "draft-ietf-payload-flexible-fec-scheme-03",
    play,
)
.needs(&["flexfec-03"])
.links(parity::lossy)
.within(90);

fn play(scene: &mut Scene<'_>) -> Played {
    parity::makes_up(scene, "flexfec-03")
}
