//! Candidates one by one.

use serde_json::json;

use crate::wall::{Case, Played, Scene, must};

pub(super) const CASE: Case =
    Case::new("Candidates follow the descriptions one by one", "RFC 8838 section 8", play)
        .needs(&["trickle"]);

fn play(scene: &mut Scene<'_>) -> Played {
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    scene.open(offerer, json!({ "trickle": true }))?;
    scene.open(answerer, json!({ "trickle": true }))?;
    let content = scene.content()?;
    scene.connect()?;
    let told = scene.events(answerer, "candidate").count();
    must(told > 0, || format!("{answerer} told no candidate after its answer"))?;
    scene.content_arrives(&content)
}
