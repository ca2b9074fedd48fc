//! One end answers checks only.

use serde_json::json;

use crate::wall::{Case, Played, Scene, Side, must};

pub(super) const CASE: Case =
    Case::new("The subject is an ICE-lite agent", "RFC 8445 section 6.1.1", play);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open(Side::Subject, json!({ "lite": true }))?;
    scene.open(Side::Peer, json!({}))?;
    let content = scene.content()?;
    scene.connect()?;
    let sdp = scene.last_description(Side::Subject).unwrap_or_default();
    must(sdp.contains("a=ice-lite"), || "the subject does not say that it is lite".to_owned())?;
    scene.content_arrives(&content)
}
