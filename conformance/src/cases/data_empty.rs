//! Messages with nothing in them.

use serde_json::json;

use crate::wall::{Case, Messages, Played, Scene, Side, must};

pub(super) const CASE: Case =
    Case::new("Empty texts and empty bytes are messages, too", "RFC 8831 section 6.6", play)
        .needs(&["data"]);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.needs(Side::Peer, "empty-message")?;
    let can = scene.ready(Side::Subject).can("empty-message");
    must(can, || "the subject cannot send empty messages".to_owned())?;
    scene.open_both()?;
    scene.channel(scene.offerer(), "empty", json!({}))?;
    scene.connect()?;
    scene.channel_open("empty")?;
    for from in Side::BOTH {
        scene.delivers(from, "empty", Messages::binary(0, 1, 1))?;
        scene.delivers(from, "empty", Messages::text(0, 1, 1))?;
        scene.delivers(from, "empty", Messages::binary(10, 1, 1))?;
    }
    Ok(())
}
