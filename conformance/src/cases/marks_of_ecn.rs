//! Marks of congestion on what is sent, and word of them.

use lapwing_simnet::LinkSpec;
use serde_json::json;
use std::time::Duration;

use crate::wall::{Case, Played, Scene, Side};

pub(super) const CASE: Case = Case::new(
    "Media leaves marked ECT(1), the path marks a twentieth of it CE, and feedback tells both",
    "RFC 8888 section 3.1, RFC 9331 section 4, RFC 6679 section 7",
    play,
)
.needs(&["ecn"])
.links(marking)
.within(60)
.fast();

/// Packets told of that make it more than chance.
const PACKETS_MIN: u64 = 5;

fn marking() -> [LinkSpec; 2] {
    std::array::from_fn(|_| LinkSpec::new().delay(Duration::from_millis(5)).ecn_mark(0.05))
}

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both_with(&json!({ "ccfb": true, "ecn": true }))?;
    let tracks = [scene.audio()?, scene.video("VP8")?];
    scene.connect()?;
    scene.flows(&tracks)?;
    // The subject marks; whether the peer does, too, is its own business.
    scene.until("word of marks at the subject", Duration::from_secs(20), |scene| {
        let facts = scene.facts(Side::Subject)?;
        let told = |name: &str| facts[name].as_u64().is_some_and(|count| count >= PACKETS_MIN);
        Ok(told("ect1_told") && told("ce_told"))
    })?;
    scene.flows(&tracks)
}
