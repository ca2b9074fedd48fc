//! A key frame is asked for.

use serde_json::json;
use std::time::Duration;

use crate::wall::{Case, Played, Scene, Side, must};

pub(super) const CASE: Case = Case::new(
    "A key frame is asked for, and the pictures go on from it",
    "RFC 4585 section 6.3.1",
    play,
)
.needs(&["pli"]);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let video = scene.video(scene.common_video()?)?;
    scene.connect()?;
    scene.flows(std::slice::from_ref(&video))?;
    let seen = scene.seen(Side::Subject)?;
    let mid = seen.iter().find(|entry| entry["kind"] == "video").map(|entry| entry["mid"].clone());
    let before = scene.facts(Side::Peer)?["plis_received"].as_u64();
    scene.ask(Side::Subject, json!({ "do": "keyframe", "mid": mid }))?;
    scene.goes_on(Side::Subject, &video)?;
    let Some(before) = before else { return Ok(()) };
    scene.until("the request to be counted", Duration::from_secs(5), |scene| {
        Ok(scene.facts(Side::Peer)?["plis_received"].as_u64() > Some(before))
    })?;
    let sent = scene.facts(Side::Subject)?["plis_sent"].as_u64();
    must(sent.is_none_or(|sent| sent > 0), || "the subject counts no request".to_owned())
}
