//! DTLS 1.3 and no other version.

use serde_json::json;

use crate::wall::{Case, Played, Scene, Side, must};

pub(super) const CASE: Case = Case::new(
    "The handshake is DTLS 1.3 when one side wants nothing else",
    "RFC 9147, RFC 8827 section 6.5",
    play,
)
.needs(&["dtls-1.3"])
.fast();

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open(Side::Subject, json!({ "dtls": "1.3" }))?;
    scene.open(Side::Peer, json!({}))?;
    let content = scene.content()?;
    scene.connect()?;
    for side in Side::BOTH {
        let facts = scene.facts(side)?;
        let told = facts["dtls"].as_str().unwrap_or("1.3").to_owned();
        must(told == "1.3", || format!("{side} says DTLS {told}"))?;
    }
    scene.content_arrives(&content)
}
