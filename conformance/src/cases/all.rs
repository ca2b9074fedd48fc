//! Sound, pictures and data over one transport.

use serde_json::json;

use crate::wall::{Case, Messages, Played, Scene};

pub(super) const CASE: Case =
    Case::new("Sound, pictures and data in one bundle", "RFC 8843 section 7", play)
        .needs(&["data"])
        .fast();

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let audio = scene.audio()?;
    let video = scene.video(scene.common_video()?)?;
    let offerer = scene.offerer();
    scene.channel(offerer, "chat", json!({}))?;
    scene.connect()?;
    scene.channel_open("chat")?;
    scene.delivers(offerer, "chat", Messages::binary(1_000, 5, 3))?;
    scene.flows(&[audio, video])
}
