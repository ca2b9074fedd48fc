//! Sound that comes twice.

use lapwing_simnet::LinkSpec;
use serde_json::json;
use std::time::Duration;

use crate::wall::{Case, Played, Scene, Side, must};

pub(super) const CASE: Case = Case::new(
    "Opus with each frame sent again (RED): the tone stays whole under 10 % loss",
    "RFC 2198, RFC 7587",
    play,
)
.needs(&["red"])
.links(lossy)
.within(60);

fn lossy() -> [LinkSpec; 2] {
    std::array::from_fn(|_| LinkSpec::new().delay(Duration::from_millis(10)).loss(0.1))
}

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both_with(&json!({ "red": true }))?;
    let audio = scene.audio()?;
    scene.connect()?;
    scene.flows(std::slice::from_ref(&audio))?;
    // A browser tells of what is in the envelope; it sends in one where its own offer has RED
    // first.
    let ways: &[&str] = match scene.offerer() {
        Side::Subject => &["codecs_sent"],
        Side::Peer => &["codecs_sent", "codecs_received"],
    };
    let facts = scene.facts(Side::Subject)?;
    for way in ways {
        let names = facts[way].as_array().cloned().unwrap_or_default();
        must(names.contains(&json!("red")), || format!("{way} has no RED: {facts}"))?;
    }
    scene.rest(Duration::from_secs(3));
    scene.flows(&[audio])
}
