//! How long it takes until a channel is open, in round trips.

use lapwing_simnet::LinkSpec;
use serde_json::{Value, json};
use std::time::Duration;

use crate::wall::{Messages, Played, Scene, Side, Stop, must};

/// One way: so long that what stacks need themselves is little beside a round trip.
const ONE_WAY: Duration = Duration::from_millis(250);

/// What stacks and a busy machine may need beside the round trips.
const OWN_TIME: Duration = Duration::from_millis(400);

/// A path on which round trips can be counted.
pub(super) fn far() -> [LinkSpec; 2] {
    std::array::from_fn(|_| LinkSpec::new().delay(ONE_WAY))
}

/// Opens a channel between ends that were opened so; it must be open within so many round trips
/// after both had both descriptions, and carry messages. `word` is said by both descriptions.
pub(super) fn within(scene: &mut Scene<'_>, options: &Value, word: &str, trips: u32) -> Played {
    scene.open_both_with(options)?;
    let offerer = scene.offerer();
    scene.channel(offerer, "chat", json!({}))?;
    scene.negotiate(offerer)?;
    let begun = scene.elapsed();
    for side in Side::BOTH {
        let said = scene.last_description(side).unwrap_or_default().to_owned();
        must(said.contains(word), || format!("{side} does not say {word}: {said}"))?;
    }
    opens(scene, offerer)?;
    let took = scene.elapsed() - begun;
    let needed = took.as_secs_f64() / (2.0 * ONE_WAY.as_secs_f64());
    scene.figure("round trips to an open channel", &format!("{needed:.2}"));
    let bound = 2 * ONE_WAY * trips + OWN_TIME;
    must(took <= bound, || format!("the channel was open after {needed:.2} round trips"))?;
    for side in Side::BOTH {
        scene.delivers(side, "chat", Messages::binary(1_000, 5, 2))?;
    }
    Ok(())
}

/// Waits until both ends have the channel.
fn opens(scene: &mut Scene<'_>, offerer: Side) -> Result<(), Stop> {
    scene.channel_open("chat")?;
    // Who announced it may send before the other knows of it: both have it now.
    must(scene.channel_state(offerer, "chat") == Some("open"), || "it closed again".to_owned())
}
