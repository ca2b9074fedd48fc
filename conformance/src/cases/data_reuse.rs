//! Channels that come and go.

use serde_json::json;
use std::time::Duration;

use crate::wall::{Case, Messages, Played, Scene, Side};

pub(super) const CASE: Case = Case::new(
    "A channel is closed and the next one opened at once, ten times: numbers are used again",
    "RFC 8831 section 6.7, RFC 6525",
    play,
)
.needs(&["data", "close-channel"])
.within(60);

fn play(scene: &mut Scene<'_>) -> Played {
    let offerer = scene.offerer();
    scene.open_both()?;
    scene.channel(offerer, "stays", json!({}))?;
    scene.connect()?;
    scene.channel_open("stays")?;
    for number in 0..10 {
        let label = format!("c{number}");
        scene.channel(offerer, &label, json!({}))?;
        scene.channel_open(&label)?;
        scene.delivers(offerer, &label, Messages::binary(200, 2, number))?;
        scene.delivers(offerer.other(), &label, Messages::binary(200, 2, number))?;
        scene.ask(offerer, json!({ "do": "close_channel", "channel": label }))?;
        let what = format!("{label:?} to be closed at both ends");
        scene.until(&what, Duration::from_secs(10), |scene| {
            Ok(Side::BOTH.iter().all(|side| scene.channel_state(*side, &label) == Some("closed")))
        })?;
    }
    Ok(())
}
