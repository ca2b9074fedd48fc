//! BUNDLE groups as few stacks write them.

use serde_json::json;

use super::sdp_edits::{group_reversed, without_group};
use crate::wall::{Case, Messages, Played, Scene, Side, Stop};

pub(super) const CASE: Case = Case::new(
    "The group lists its m-lines in another order; one m-line without a group",
    "RFC 8843 section 7.2.1",
    play,
)
.needs(&["data"]);

fn play(scene: &mut Scene<'_>) -> Played {
    for side in Side::BOTH {
        scene.open(side, json!({ "trickle": false }))?;
    }
    let audio = scene.audio()?;
    scene.channel(scene.offerer(), "chat", json!({}))?;
    exchange(scene, group_reversed)?;
    scene.flows(&[audio])?;
    scene.open_both()?;
    scene.channel(scene.offerer(), "chat", json!({}))?;
    exchange(scene, without_group)?;
    scene.channel_open("chat")?;
    scene.delivers(scene.answerer(), "chat", Messages::binary(100, 1, 1))
}

fn exchange(scene: &mut Scene<'_>, edit: fn(&str) -> String) -> Result<(), Stop> {
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    let offer = scene.offer(offerer)?;
    let answer = scene.answer(answerer, &edit(&offer))?;
    scene.accept(offerer, &answer)?;
    scene.connected()
}
