//! How fast one ordered channel is in either direction, over a path with a round trip.

use std::time::Duration;

use lapwing_simnet::LinkSpec;
use serde_json::json;

use crate::wall::{Case, Played, Role, Scene, Side, Stop};

/// Bytes of a message: what every stack takes.
const MESSAGE: u64 = 64 << 10;

/// Messages that an end is asked to send at a time.
const BATCH: u64 = 32;

/// How long an end sends.
const SENDS: Duration = Duration::from_secs(10);

/// What arrives until then is not measured: a sender begins slowly.
const BEGINS: Duration = Duration::from_secs(3);

/// How long what was sent may be on its way.
const LATE: Duration = Duration::from_secs(90);

/// A case over links that are so late each way.
pub(super) const fn case(about: &'static str, links: fn() -> [LinkSpec; 2]) -> Case {
    Case::new(about, "RFC 9260 section 7", both_ways)
        .needs(&["data"])
        .roles(&[Role::WeOffer])
        .links(links)
        .within(280)
        .measures()
}

/// Links of so many milliseconds each way.
pub(super) fn links(one_way: u64) -> [LinkSpec; 2] {
    std::array::from_fn(|_| LinkSpec::new().delay(Duration::from_millis(one_way)))
}

/// Measures both directions, one after the other, on a channel of its own each.
fn both_ways(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let offerer = scene.offerer();
    for side in Side::BOTH {
        scene.channel(offerer, &format!("from {side}"), json!({}))?;
    }
    scene.connect()?;
    for side in Side::BOTH {
        let label = format!("from {side}");
        scene.channel_open(&label)?;
        let before = scene.overflows(side.other());
        let rate = rate(scene, side, &label)?;
        scene.measured(&format!("{side} sends, Mbit/s"), rate);
        // A receiver that the machine wakes late is what limits a fast sender.
        if let (Some(before), Some(after)) = (before, scene.overflows(side.other())) {
            let full = format!("packets that found the {}'s socket full", side.other());
            scene.measured(&full, after.saturating_sub(before) as f64);
        }
    }
    Ok(())
}

/// Megabits that the other side received in a second, of what `side` sends.
fn rate(scene: &mut Scene<'_>, side: Side, label: &str) -> Result<f64, Stop> {
    let begun = scene.elapsed();
    let mut sent = 0;
    let mut first = None;
    let (took, arrived) = loop {
        let request = json!({
            "do": "send", "channel": label, "kind": "binary", "size": MESSAGE, "count": BATCH, "seed": 1,
        });
        scene.ask(side, request)?;
        sent += BATCH * MESSAGE;
        let now = scene.elapsed() - begun;
        let is_first = first.is_none() && now >= BEGINS;
        if !is_first && now < SENDS {
            continue;
        }
        let arrived = received(scene, side.other(), label)?;
        let (from, before) = *first.get_or_insert((now, arrived));
        if now >= SENDS && now > from {
            break (now - from, arrived - before);
        }
    };
    // What a slow sender still holds is not to disturb what is measured next.
    scene.until(&format!("{sent} bytes from {side}"), LATE, |scene| {
        Ok(received(scene, side.other(), label)? >= sent)
    })?;
    Ok(arrived as f64 * 8.0 / took.as_secs_f64() / 1e6)
}

/// Bytes that an end has received on a channel.
fn received(scene: &mut Scene<'_>, side: Side, label: &str) -> Result<u64, Stop> {
    let told = scene.ask(side, json!({ "do": "received", "channel": label }))?;
    Ok(told["bytes"].as_u64().unwrap_or(0))
}
