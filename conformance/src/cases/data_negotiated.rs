//! A channel that both know of.

use serde_json::json;

use crate::wall::{Case, Messages, Played, Scene, Side};

pub(super) const CASE: Case = Case::new(
    "A channel with an agreed number, and one opened in band beside it",
    "RFC 8832 section 6, RFC 8831 section 6.4",
    play,
)
.needs(&["data", "negotiated"]);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    for side in Side::BOTH {
        scene.channel(side, "agreed", json!({ "negotiated": 20 }))?;
    }
    scene.channel(scene.offerer(), "in-band", json!({}))?;
    scene.connect()?;
    for label in ["agreed", "in-band"] {
        scene.channel_open(label)?;
        for side in Side::BOTH {
            scene.delivers(side, label, Messages::binary(300, 3, 5))?;
        }
    }
    Ok(())
}
