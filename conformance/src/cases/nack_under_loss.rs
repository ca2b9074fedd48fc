//! What is lost is asked for again.

use lapwing_simnet::LinkSpec;
use std::time::Duration;

use crate::wall::{Case, Played, Scene, Side, must};

pub(super) const CASE: Case = Case::new(
    "5 % of all packets are lost: pictures go on, and what is missing is sent again",
    "RFC 4585 section 6.2.1, RFC 4588",
    play,
)
.needs(&["nack"])
.links(lossy)
.within(70);

fn lossy() -> [LinkSpec; 2] {
    std::array::from_fn(|_| LinkSpec::new().delay(Duration::from_millis(10)).loss(0.05))
}

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let video = scene.video(scene.common_video()?)?;
    scene.connect()?;
    scene.flows(std::slice::from_ref(&video))?;
    for _ in 0..3 {
        scene.rest(Duration::from_secs(1));
        for side in Side::BOTH {
            scene.goes_on(side, &video)?;
        }
    }
    let facts = [scene.facts(Side::Subject)?, scene.facts(Side::Peer)?];
    let known = |name: &str| facts.iter().filter_map(|facts| facts[name].as_u64()).max();
    must(known("nacks_sent").is_none_or(|sent| sent > 0), || "nobody asked again".to_owned())?;
    let again = known("retransmitted");
    must(again.is_none_or(|again| again > 0), || "nothing was sent again".to_owned())
}
