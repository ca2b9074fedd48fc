//! ICE begins anew during a call.

use serde_json::json;

use super::sdp_edits::attribute;
use crate::wall::{Case, Played, Scene, Side, must};

pub(super) const CASE: Case = Case::new(
    "ICE is restarted: both fragments change, the call goes on",
    "RFC 8445 section 9, RFC 8839 section 4.4.1.1.1",
    play,
)
.needs(&["renegotiate", "restart"])
.within(60)
.fast();

fn play(scene: &mut Scene<'_>) -> Played {
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    scene.open_both()?;
    let audio = scene.audio()?;
    let video = scene.video(scene.common_video()?)?;
    scene.connect()?;
    scene.flows(&[audio.clone(), video.clone()])?;
    let fragment = |scene: &Scene<'_>, side: Side| {
        let sdp = scene.last_description(side).unwrap_or_default();
        attribute(sdp, "ice-ufrag").map(str::to_owned)
    };
    let before = Side::BOTH.map(|side| fragment(scene, side));
    let offer = scene.offer_with(offerer, json!({ "restart": true }))?;
    let answer = scene.answer(answerer, &offer)?;
    scene.accept(offerer, &answer)?;
    let after = Side::BOTH.map(|side| fragment(scene, side));
    for side in Side::BOTH {
        let same = before[side.index()] == after[side.index()];
        must(!same, || format!("{side} kept its user fragment"))?;
    }
    scene.connected()?;
    for side in Side::BOTH {
        scene.goes_on(side, &video)?;
    }
    scene.flows(&[audio])
}
