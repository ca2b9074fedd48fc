//! A call that grows.

use serde_json::json;

use crate::wall::{Case, Messages, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "Pictures are added to a call with sound, then data, offered by either end",
    "RFC 9429 section 5.2.2",
    play,
)
.needs(&["renegotiate", "data"])
.fast();

fn play(scene: &mut Scene<'_>) -> Played {
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    scene.open_both()?;
    let audio = scene.audio()?;
    scene.connect()?;
    scene.flows(std::slice::from_ref(&audio))?;
    let video = scene.video(scene.common_video()?)?;
    scene.negotiate(offerer)?;
    scene.flows(&[audio, video])?;
    scene.channel(answerer, "late", json!({}))?;
    scene.negotiate(answerer)?;
    scene.channel_open("late")?;
    scene.delivers(answerer, "late", Messages::binary(500, 2, 1))
}
