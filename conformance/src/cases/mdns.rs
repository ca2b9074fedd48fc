//! Host addresses behind names.

use serde_json::json;

use crate::wall::{Case, Played, Scene, Side, must};

pub(super) const CASE: Case = Case::new(
    "The peer hides its addresses behind mDNS names",
    "draft-ietf-mmusic-mdns-ice-candidates section 3.2",
    play,
);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.needs(Side::Peer, "mdns")?;
    scene.open(Side::Subject, json!({}))?;
    scene.open(Side::Peer, json!({ "mdns": true }))?;
    let content = scene.content()?;
    scene.connect()?;
    let told = scene.events(Side::Peer, "candidate").map(|event| event["candidate"].to_string());
    let sdp = scene.last_description(Side::Peer).unwrap_or_default().to_owned();
    let named = told.chain([sdp]).any(|text| text.contains(".local"));
    must(named, || "the peer names no .local address".to_owned())?;
    scene.content_arrives(&content)
}
