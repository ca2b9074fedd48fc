//! The handshake rides in the checks of ICE.

use serde_json::json;

use super::set_up;
use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "SPED and SNAP: a channel is open two round trips after the descriptions",
    "draft-hancke-webrtc-sped-00, draft-hancke-tsvwg-snap-00",
    play,
)
.needs(&["data", "sped", "snap"])
.links(set_up::far)
.fast();

fn play(scene: &mut Scene<'_>) -> Played {
    set_up::within(scene, &json!({ "sped": true, "snap": true }), "sped", 2)
}
