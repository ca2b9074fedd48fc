//! Arrivals are told as RFC 8888 has it.

use serde_json::json;
use std::time::Duration;

use crate::wall::{Case, Played, Scene, Side, must};

pub(super) const CASE: Case = Case::new(
    "Congestion control feedback (RFC 8888) both ways, of sound and pictures",
    "RFC 8888 sections 3 and 6",
    play,
)
.needs(&["ccfb"])
.within(60)
.fast();

/// Messages that must come in a few seconds: a browser tells every 25 to 500 ms.
const MESSAGES_MIN: u64 = 10;

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both_with(&json!({ "ccfb": true }))?;
    let tracks = [scene.audio()?, scene.video("VP8")?];
    scene.connect()?;
    for side in Side::BOTH {
        let told = scene.last_description(side).unwrap_or_default().to_owned();
        let mut lines = told.lines().filter(|line| line.starts_with("a=rtcp-fb:"));
        must(lines.any(|line| line.contains("ack ccfb")), || format!("{side} does not say it"))?;
    }
    scene.flows(&tracks)?;
    for side in Side::BOTH {
        for way in ["ccfb_sent", "ccfb_received"] {
            let what = format!("{way} to grow at {side}");
            scene.until(&what, Duration::from_secs(15), |scene| {
                let facts = scene.facts(side)?;
                // A browser that counts no messages has its other end count both ways.
                let silent = facts["ccfb_sent"].is_null() && side == Side::Peer;
                Ok(silent || facts[way].as_u64().is_some_and(|count| count >= MESSAGES_MIN))
            })?;
        }
    }
    scene.flows(&tracks)
}
