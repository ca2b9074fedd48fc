//! A hundred channels.

use serde_json::json;

use crate::wall::{Case, Messages, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "A hundred channels, half from each side, and a message on each",
    "RFC 8831 section 6.5",
    play,
)
.needs(&["data"])
.within(90);

const CHANNELS: usize = 100;

fn play(scene: &mut Scene<'_>) -> Played {
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    scene.open_both()?;
    let label = |number: usize| format!("c{number}");
    scene.channel(offerer, &label(0), json!({}))?;
    scene.connect()?;
    scene.channel_open(&label(0))?;
    let owner = |number: usize| if number.is_multiple_of(2) { offerer } else { answerer };
    for number in 1..CHANNELS {
        scene.channel(owner(number), &label(number), json!({}))?;
    }
    for number in 0..CHANNELS {
        scene.channel_open(&label(number))?;
        scene.delivers(owner(number), &label(number), Messages::binary(100, 1, number as u32))?;
    }
    Ok(())
}
