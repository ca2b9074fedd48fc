//! One picture in several sizes.

use serde_json::json;
use std::time::Duration;

use crate::wall::{Case, Played, Role, Scene, Side};

pub(super) const CASE: Case = Case::new(
    "The peer sends three layers; each is received when it is chosen, and again",
    "RFC 8853 section 5, RFC 8851",
    play,
)
.roles(&[Role::TheyOffer])
.within(60);

/// Layers, lowest first, and how much smaller than the picture each is.
const LAYERS: [(&str, u64); 3] = [("q", 4), ("h", 2), ("f", 1)];
/// Browsers send three layers of a picture of this size; of smaller ones, fewer.
const SIZE: (u64, u64) = (960, 540);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.needs(Side::Peer, "simulcast")?;
    scene.open_both()?;
    let rids = LAYERS.map(|(rid, _)| rid);
    let sender = json!({ "simulcast": rids, "width": SIZE.0, "height": SIZE.1 });
    let video = scene.track_with("video", "VP8", ["recvonly", "sendonly"], sender)?;
    scene.connect()?;
    // Up through all, and then what was left is taken up again: down to the lowest, up to the best.
    for (rid, smaller) in LAYERS.into_iter().chain([LAYERS[0], LAYERS[2]]) {
        let mut last = Vec::new();
        let what = format!("layer {rid}, {} wide", SIZE.0 / smaller);
        scene.until(&what, Duration::from_secs(15), |scene| {
            last = scene.seen(Side::Subject)?;
            let Some(video) = last.iter().find(|entry| entry["kind"] == "video") else {
                return Ok(false);
            };
            let mid = video["mid"].clone();
            scene.ask(Side::Subject, json!({ "do": "layer", "mid": mid, "rid": rid }))?;
            Ok(video["width"] == SIZE.0 / smaller && video["read"].as_u64().unwrap_or(0) > 0)
        })?;
        scene.goes_on(Side::Subject, &video)?;
    }
    Ok(())
}
