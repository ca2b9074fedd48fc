//! Descriptions that are odd but legal.

use super::sdp_edits::EDITS;
use crate::wall::{Case, Played, Scene, Stop};

pub(super) const CASE: Case = Case::new(
    "Offers as real stacks write them: line ends, unknown attributes, orphans, odd cases",
    "RFC 8866 section 5, RFC 9429 section 5.8",
    play,
)
.within(100);

fn play(scene: &mut Scene<'_>) -> Played {
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    for (name, edit) in EDITS {
        let told = |stop: Stop| match stop {
            Stop::Fault(text) => Stop::Fault(format!("{name}: {text}")),
            other => other,
        };
        scene.open_both()?;
        let audio = scene.audio()?;
        let offer = scene.offer(offerer)?;
        let answer = scene.answer(answerer, &edit(&offer)).map_err(told)?;
        scene.accept(offerer, &answer)?;
        scene.connected().map_err(told)?;
        scene.flows(&[audio]).map_err(told)?;
    }
    Ok(())
}
