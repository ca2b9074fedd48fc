//! An offer that is taken back.

use serde_json::json;

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "An offer is taken back, and the other side's is answered instead",
    "RFC 9429 section 4.1.10.2",
    play,
)
.needs(&["renegotiate", "data", "offer", "answer"]);

fn play(scene: &mut Scene<'_>) -> Played {
    let offerer = scene.offerer();
    scene.needs(offerer, "rollback")?;
    scene.open_both()?;
    scene.channel(offerer, "chat", json!({}))?;
    scene.connect()?;
    scene.channel_open("chat")?;
    let audio = scene.audio()?;
    scene.offer(offerer)?;
    scene.ask(offerer, json!({ "do": "rollback" }))?;
    scene.negotiate(offerer.other())?;
    scene.flows(&[audio])
}
