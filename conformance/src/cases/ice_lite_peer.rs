//! The other end answers checks only.

use serde_json::json;

use crate::wall::{Case, Played, Scene, Side, must};

pub(super) const CASE: Case =
    Case::new("The peer is an ICE-lite agent", "RFC 8445 section 6.1.1", play);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.needs(Side::Peer, "lite")?;
    scene.open(Side::Subject, json!({}))?;
    scene.open(Side::Peer, json!({ "lite": true }))?;
    let content = scene.content()?;
    scene.connect()?;
    let sdp = scene.last_description(Side::Peer).unwrap_or_default();
    must(sdp.contains("a=ice-lite"), || "the peer does not say that it is lite".to_owned())?;
    scene.content_arrives(&content)
}
