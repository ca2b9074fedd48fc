//! Hold and resume.

use serde_json::json;

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "Sound is held (sendonly) and taken up again",
    "RFC 9429 section 4.2.4, RFC 3264 section 8.4",
    play,
)
.needs(&["renegotiate", "direction"])
.fast();

fn play(scene: &mut Scene<'_>) -> Played {
    let offerer = scene.offerer();
    scene.open_both()?;
    let video = scene.video(scene.common_video()?)?;
    scene.connect()?;
    scene.flows(std::slice::from_ref(&video))?;
    let mid = scene.mid_of(offerer, "video")?;
    scene.ask(offerer, json!({ "do": "direction", "mid": mid, "direction": "sendonly" }))?;
    scene.negotiate(offerer)?;
    scene.stops(offerer, "video")?;
    scene.ask(offerer, json!({ "do": "direction", "mid": mid, "direction": "sendrecv" }))?;
    scene.negotiate(offerer)?;
    scene.goes_on(offerer, &video)
}
