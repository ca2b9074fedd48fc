//! The association of data channels is there with the handshake.

use serde_json::json;

use super::set_up;
use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "SNAP: a channel is open three round trips after the descriptions",
    "draft-hancke-tsvwg-snap-00",
    play,
)
.needs(&["data", "snap"])
.links(set_up::far)
.fast();

fn play(scene: &mut Scene<'_>) -> Played {
    set_up::within(scene, &json!({ "snap": true }), "a=sctp-init:", 3)
}
