//! A peer that nominates every pair.

use serde_json::json;

use crate::wall::{Case, Played, Role, Scene, Side};

pub(super) const CASE: Case =
    Case::new("The peer nominates each pair that it checks", "RFC 5245 section 8.1.1.2", play)
        .roles(&[Role::TheyOffer]);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.needs(Side::Peer, "aggressive")?;
    scene.open(Side::Subject, json!({}))?;
    scene.open(Side::Peer, json!({ "aggressive": true }))?;
    let content = scene.content()?;
    scene.connect()?;
    scene.content_arrives(&content)
}
