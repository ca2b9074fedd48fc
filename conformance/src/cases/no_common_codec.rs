//! Nothing to agree on for one m-line.

use serde_json::json;

use super::sdp_edits::{rejected, with_unknown_video};
use crate::wall::{Case, Messages, Played, Scene, must};

pub(super) const CASE: Case = Case::new(
    "No video codec is shared: the m-line is rejected, sound and data live",
    "RFC 3264 section 6, RFC 9429 section 5.3.1",
    play,
)
.needs(&["data"]);

fn play(scene: &mut Scene<'_>) -> Played {
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    scene.open_both()?;
    let audio = scene.audio()?;
    scene.video(scene.common_video()?)?;
    scene.channel(offerer, "chat", json!({}))?;
    let offer = scene.offer(offerer)?;
    let answer = scene.answer(answerer, &with_unknown_video(&offer))?;
    must(rejected(&answer, "video"), || "the answer takes a codec that nobody knows".to_owned())?;
    scene.accept(offerer, &answer)?;
    scene.connected()?;
    scene.channel_open("chat")?;
    scene.delivers(answerer, "chat", Messages::binary(100, 1, 1))?;
    scene.flows(&[audio])
}
