//! A call with H264 pictures, each packet a unit.

use serde_json::json;

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "H264 both ways with packetization-mode 0: numbered pictures arrive in order",
    "RFC 6184 section 6.2",
    play,
)
.needs(&["h264-mode"]);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let only = json!({ "packetization_mode": 0 });
    let video = scene.track_with("video", "H264", ["sendrecv"; 2], only)?;
    scene.connect()?;
    scene.flows(&[video])
}
