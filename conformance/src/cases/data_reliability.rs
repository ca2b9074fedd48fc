//! Messages that may be given up.

use lapwing_simnet::LinkSpec;
use serde_json::json;
use std::time::Duration;

use crate::wall::{Case, Messages, Played, Scene, Side, must};

pub(super) const CASE: Case = Case::new(
    "Unordered and partially reliable channels under 3 % loss: nothing twice, nothing wrong",
    "RFC 8831 section 6.4, RFC 3758",
    play,
)
.needs(&["data", "unordered", "max-retransmits", "max-lifetime"])
.links(lossy)
.within(80);

fn lossy() -> [LinkSpec; 2] {
    std::array::from_fn(|_| LinkSpec::new().delay(Duration::from_millis(5)).loss(0.03))
}

const COUNT: usize = 200;

fn play(scene: &mut Scene<'_>) -> Played {
    let channels = [
        ("unordered", json!({ "ordered": false }), true),
        ("retransmits", json!({ "ordered": false, "max_retransmits": 0 }), false),
        ("lifetime", json!({ "ordered": false, "max_lifetime_ms": 100 }), false),
        ("ordered-lifetime", json!({ "max_lifetime_ms": 100 }), false),
    ];
    scene.open_both()?;
    for (label, options, _) in &channels {
        scene.channel(scene.offerer(), label, options.clone())?;
    }
    scene.connect()?;
    for (label, _, _) in &channels {
        scene.channel_open(label)?;
    }
    for from in Side::BOTH {
        for (label, _, reliable) in &channels {
            let messages = Messages::binary(1_000, COUNT, 7);
            scene.send(from, label, messages)?;
            if *reliable {
                scene.arrived(from.other(), label, false)?;
            } else {
                scene.rest(Duration::from_secs(2));
                let got = scene.received(from.other(), label)?.len();
                // How many are given up is the sender's affair, but some find their way.
                must(got > 0, || format!("{label}: {got} of {COUNT} came"))?;
                scene.only_sent(from.other(), label)?;
            }
        }
    }
    Ok(())
}
