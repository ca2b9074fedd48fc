//! A channel that is closed.

use serde_json::json;
use std::time::Duration;

use crate::wall::{Case, Messages, Played, Scene, Side};

pub(super) const CASE: Case = Case::new(
    "Either side closes a channel: both see it, the other channel lives",
    "RFC 8831 section 6.7",
    play,
)
.needs(&["data", "close-channel"])
.fast();

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    for label in ["first", "second", "stays"] {
        scene.channel(scene.offerer(), label, json!({}))?;
    }
    scene.connect()?;
    for label in ["first", "second", "stays"] {
        scene.channel_open(label)?;
    }
    for (closer, label) in [(scene.offerer(), "first"), (scene.answerer(), "second")] {
        scene.ask(closer, json!({ "do": "close_channel", "channel": label }))?;
        let what = format!("{label:?} to be closed at both ends");
        scene.until(&what, Duration::from_secs(10), |scene| {
            Ok(Side::BOTH.iter().all(|side| scene.channel_state(*side, label) == Some("closed")))
        })?;
    }
    scene.delivers(scene.answerer(), "stays", Messages::binary(100, 2, 1))
}
