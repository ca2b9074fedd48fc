//! A data channel alone.

use serde_json::json;

use crate::wall::{Case, Messages, Played, Scene, Side};

pub(super) const CASE: Case =
    Case::new("A data channel: texts and bytes both ways", "RFC 8831 section 6", play)
        .needs(&["data"])
        .fast();

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    scene.channel(scene.offerer(), "chat", json!({}))?;
    scene.connect()?;
    scene.channel_open("chat")?;
    for side in Side::BOTH {
        if scene.ready(side).can("text") {
            scene.delivers(side, "chat", Messages::text(1_000, 5, 1))?;
        }
        scene.delivers(side, "chat", Messages::binary(1_000, 5, 2))?;
    }
    Ok(())
}
