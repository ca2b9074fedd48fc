//! Either end is the DTLS client.

use serde_json::json;

use crate::wall::{Case, Played, Scene, must};

pub(super) const CASE: Case = Case::new(
    "The answerer takes either DTLS role",
    "RFC 8842 section 5.3, RFC 5763 section 5",
    play,
)
.within(60);

fn play(scene: &mut Scene<'_>) -> Played {
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    scene.needs(answerer, "setup")?;
    for (setup, role) in [("active", "client"), ("passive", "server")] {
        scene.open(offerer, json!({}))?;
        scene.open(answerer, json!({ "setup": setup }))?;
        let content = scene.content()?;
        scene.connect()?;
        let facts = scene.facts(answerer)?;
        let told = facts["dtls_role"].as_str().unwrap_or(role).to_owned();
        must(told == role, || format!("{answerer} took {setup} and is {told}"))?;
        scene.content_arrives(&content)?;
    }
    Ok(())
}
