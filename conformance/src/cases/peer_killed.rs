//! The other side is gone without a word.

use std::time::Duration;

use crate::wall::{Case, Played, Role, Scene, Side};

pub(super) const CASE: Case = Case::new(
    "The peer's process is killed: the subject says so within 40 seconds",
    "RFC 7675 section 5.1",
    play,
)
.roles(&[Role::WeOffer])
.within(70);

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let content = scene.content()?;
    scene.connect()?;
    scene.content_arrives(&content)?;
    scene.kill(Side::Peer);
    scene.until("the subject to notice", Duration::from_secs(40), |scene| {
        Ok(matches!(scene.state(Side::Subject), Some("disconnected" | "failed" | "closed")))
    })
}
