//! An m-line that ends, and its place.

use serde_json::json;

use crate::wall::{Case, Played, Scene, must};

pub(super) const CASE: Case = Case::new(
    "A stopped m-line is rejected; a later track takes its place or a new one",
    "RFC 9429 section 5.2.2",
    play,
)
.needs(&["renegotiate", "stop"]);

fn play(scene: &mut Scene<'_>) -> Played {
    let offerer = scene.offerer();
    scene.open_both()?;
    let audio = scene.audio()?;
    let codec = scene.common_video()?;
    let video = scene.video(codec)?;
    scene.connect()?;
    scene.flows(&[audio.clone(), video])?;
    let mid = scene.mid_of(offerer, "video")?;
    scene.ask(offerer, json!({ "do": "stop", "mid": mid }))?;
    scene.negotiate(offerer)?;
    let sdp = scene.last_description(offerer.other()).unwrap_or_default();
    let rejected = sdp.lines().any(|line| line.starts_with("m=video 0 "));
    must(rejected, || "the answer does not reject the stopped m-line".to_owned())?;
    scene.flows(std::slice::from_ref(&audio))?;
    let again = scene.video(codec)?;
    scene.negotiate(offerer)?;
    scene.flows(&[audio, again])
}
