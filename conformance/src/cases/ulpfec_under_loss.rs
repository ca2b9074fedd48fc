//! Parity in the stream itself.

use super::parity;
use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "ULPFEC in RED both ways under 3 % loss: lost packets are made of parity",
    "RFC 5109, RFC 2198",
    play,
)
.needs(&["ulpfec"])
.links(parity::lossy)
.within(90);

fn play(scene: &mut Scene<'_>) -> Played {
    parity::makes_up(scene, "ulpfec")
}
