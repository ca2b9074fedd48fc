//! Ten minutes.

use std::time::Duration;

use crate::wall::{Case, Played, Role, Scene, Side, must};

pub(super) const CASE: Case = Case::new(
    "Ten minutes of sound and pictures: both still right at the end, and none behind",
    "RFC 8834 section 5",
    play,
)
.roles(&[Role::WeOffer])
.only(&["chromium", "firefox"])
.within(700);

/// Pictures a second.
const RATE: f64 = 15.0;

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let audio = scene.audio()?;
    let video = scene.video("VP8")?;
    scene.connect()?;
    let tracks = [audio, video.clone()];
    scene.flows(&tracks)?;
    let begun = scene.elapsed();
    let mut firsts = [0; 2];
    for side in Side::BOTH {
        firsts[side.index()] = scene.last_number(side, &video)?.unwrap_or(0);
    }
    for _ in 0..10 {
        scene.rest(Duration::from_secs(60));
        scene.flows(&tracks)?;
    }
    for side in Side::BOTH {
        let last = scene.last_number(side, &video)?.unwrap_or(0);
        let passed = (scene.elapsed() - begun).as_secs_f64();
        let came = (last - firsts[side.index()]) as f64 / RATE;
        // A camera on a busy machine may be a little slow, but not by more than 2 %.
        let drift = passed - came;
        must(drift.abs() < passed * 0.02, || {
            format!("{side}: pictures of {came:.1} s came in {passed:.1} s")
        })?;
    }
    Ok(())
}
