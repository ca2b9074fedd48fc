//! A track that is taken out of a call.

use serde_json::json;

use crate::wall::{Case, Played, Scene, must};

pub(super) const CASE: Case = Case::new(
    "An m-line becomes inactive: sound goes on, the pictures stop",
    "RFC 9429 section 5.2.2",
    play,
)
.needs(&["renegotiate", "direction"]);

fn play(scene: &mut Scene<'_>) -> Played {
    let offerer = scene.offerer();
    scene.open_both()?;
    let audio = scene.audio()?;
    let video = scene.video(scene.common_video()?)?;
    scene.connect()?;
    scene.flows(&[audio.clone(), video])?;
    let mid = scene.mid_of(offerer, "video")?;
    scene.ask(offerer, json!({ "do": "direction", "mid": mid, "direction": "inactive" }))?;
    scene.negotiate(offerer)?;
    for side in [offerer, offerer.other()] {
        let sdp = scene.last_description(side).unwrap_or_default();
        let inactive = sdp.lines().any(|line| line == "a=inactive");
        must(inactive, || format!("{side}: no m-line is inactive"))?;
    }
    scene.stops(offerer, "video")?;
    scene.flows(&[audio])
}
