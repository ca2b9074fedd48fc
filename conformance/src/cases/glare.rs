//! Both offer at once.

use serde_json::json;

use crate::wall::{Case, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "Both offer at once: the polite side takes the other's offer, and its own after",
    "RFC 9429 section 4.1.10.2",
    play,
)
.needs(&["renegotiate", "data"])
.fast();

fn play(scene: &mut Scene<'_>) -> Played {
    // The answerer gives way.
    let (firm, polite) = (scene.offerer(), scene.answerer());
    scene.needs(polite, "rollback")?;
    scene.open(firm, json!({ "polite": false }))?;
    scene.open(polite, json!({ "polite": true }))?;
    scene.channel(firm, "chat", json!({}))?;
    scene.connect()?;
    scene.channel_open("chat")?;
    let audio = scene.audio()?;
    let offer = scene.offer(firm)?;
    scene.offer(polite)?;
    let answer = scene.answer(polite, &offer)?;
    scene.accept(firm, &answer)?;
    scene.flows(std::slice::from_ref(&audio))?;
    let video = scene.video(scene.common_video()?)?;
    scene.negotiate(polite)?;
    scene.flows(&[audio, video])
}
