//! Much data over a bad network.

use lapwing_simnet::LinkSpec;
use serde_json::json;
use std::time::Duration;

use crate::wall::{Case, Messages, Played, Scene};

pub(super) const CASE: Case = Case::new(
    "16 MiB in messages of 64 KiB under 2 % loss, each with its hash",
    "RFC 8831 section 6.1, RFC 9260 section 7",
    play,
)
.needs(&["data"])
.links(lossy)
.within(150);

fn lossy() -> [LinkSpec; 2] {
    std::array::from_fn(|_| LinkSpec::new().delay(Duration::from_millis(2)).loss(0.02))
}

fn play(scene: &mut Scene<'_>) -> Played {
    let offerer = scene.offerer();
    scene.open_both()?;
    scene.channel(offerer, "file", json!({}))?;
    scene.connect()?;
    scene.channel_open("file")?;
    for part in 0..16 {
        // A sender may take a megabyte only once much of it has gone out.
        scene.send(offerer, "file", Messages::binary(64 << 10, 16, 100 * part))?;
    }
    scene.arrived_within(offerer.other(), "file", true, Duration::from_secs(100))
}
