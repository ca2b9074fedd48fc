//! A certificate that is not the one announced.

use std::time::Duration;

use super::sdp_edits::with_other_fingerprint;
use crate::wall::{Case, Played, Scene, Stop};

pub(super) const CASE: Case = Case::new(
    "Who gets an answer with the wrong fingerprint does not connect",
    "RFC 8122 section 5, RFC 8827 section 6.5",
    play,
)
.fast();

fn play(scene: &mut Scene<'_>) -> Played {
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    scene.open_both()?;
    scene.content()?;
    let offer = scene.offer(offerer)?;
    let answer = scene.answer(answerer, &offer)?;
    scene.accept(offerer, &with_other_fingerprint(&answer))?;
    let until = scene.elapsed() + Duration::from_secs(6);
    while scene.elapsed() < until {
        scene.rest(Duration::from_millis(200));
        match scene.state(offerer) {
            Some("connected") => return Err(Stop::fault(format!("{offerer} connected all the same"))),
            Some("failed" | "closed") => return Ok(()),
            _ => {}
        }
    }
    // A stack that only waits has not been deceived either.
    Ok(())
}
