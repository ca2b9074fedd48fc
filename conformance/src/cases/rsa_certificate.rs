//! A peer with an RSA certificate.

use serde_json::json;

use crate::wall::{Case, Played, Scene, Side};

pub(super) const CASE: Case =
    Case::new("The peer's certificate is RSA", "RFC 8827 section 6.5", play);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.needs(Side::Peer, "rsa")?;
    scene.open(Side::Subject, json!({}))?;
    scene.open(Side::Peer, json!({ "certificate": "rsa" }))?;
    let content = scene.content()?;
    scene.connect()?;
    scene.content_arrives(&content)
}
