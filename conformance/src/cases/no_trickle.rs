//! All candidates in the descriptions.

use serde_json::json;

use crate::wall::{Case, Played, Scene, Side, must};

pub(super) const CASE: Case =
    Case::new("All candidates stand in the descriptions", "RFC 8839 section 4.2.1", play).fast();

fn play(scene: &mut Scene<'_>) -> Played {
    for side in Side::BOTH {
        scene.open(side, json!({ "trickle": false }))?;
    }
    let content = scene.content()?;
    scene.connect()?;
    for side in Side::BOTH {
        let sdp = scene.last_description(side).unwrap_or_default();
        let inside = sdp.contains("a=candidate:");
        must(inside, || format!("{side}: no candidate in its description"))?;
    }
    scene.content_arrives(&content)
}
