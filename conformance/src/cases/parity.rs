//! What both schemes of forward error correction have to show.

use lapwing_simnet::LinkSpec;
use serde_json::{Value, json};
use std::time::Duration;

use super::sdp_edits::without_repeats;
use crate::wall::{Played, Scene, Side, Stop, must};

/// How long is looked at. Parity is sent once losses were reported.
const SETTLED: Duration = Duration::from_secs(5);
/// See [`SETTLED`].
const LENGTH: Duration = Duration::from_secs(20);

/// Losses that make it more than chance.
const LOST_MIN: i64 = 6;

/// Pictures that must come, of a hundred that were sent. A picture that stays incomplete takes
/// those after it along until a key frame comes, for which Chromium waits three seconds before it
/// asks. With a loss in less than a second, one picture in five would come without parity.
const COME_MIN: u64 = 50;

/// A round trip that is too long for waiting until what is lost is sent again.
pub(super) fn lossy() -> [LinkSpec; 2] {
    std::array::from_fn(|_| LinkSpec::new().delay(Duration::from_millis(80)).loss(0.03))
}

/// Pictures both ways where nothing is sent again: parity of this scheme makes up for losses.
pub(super) fn makes_up(scene: &mut Scene<'_>, scheme: &str) -> Played {
    scene.open_both_with(&json!({ "fec": scheme }))?;
    let video = scene.video("VP8")?;
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    let offer = scene.offer(offerer)?;
    let answer = scene.answer(answerer, &without_repeats(&offer))?;
    scene.accept(offerer, &answer)?;
    scene.connected()?;
    scene.flows(std::slice::from_ref(&video))?;
    scene.rest(SETTLED);
    let before = [pictures(scene, Side::Subject)?, pictures(scene, Side::Peer)?];
    scene.rest(LENGTH);
    for side in Side::BOTH {
        let facts = scene.facts(side)?;
        let count = |name: &str| facts[name].as_i64().unwrap_or(0);
        // Chromium counts parity that has a stream of its own only.
        let came = facts["fec_received"].as_u64();
        must(came != Some(0), || format!("no parity came at {side}: {facts}"))?;
        // What was recovered is not counted as lost.
        let lost = count("lost") + count("fec_recovered");
        must(lost >= LOST_MIN, || format!("little was lost at {side}: {facts}"))?;
        // Chromium fills what it probes with by packets that it has sent, whatever was agreed on.
        let repeats = side == Side::Subject && count("retransmitted") > 0;
        must(!repeats, || format!("{side} sent again: {facts}"))?;
        let made = facts["fec_recovered"].as_u64();
        must(made != Some(0), || format!("nothing was made of parity at {side}: {facts}"))?;
        let (first, read) = before[side.index()];
        let (last, all) = pictures(scene, side)?;
        let (sent, came) = (last.saturating_sub(first), all - read);
        scene.figure(&format!("pictures at {side}"), &format!("{came} of {sent}; {facts}"));
        must(came * 100 >= sent * COME_MIN, || format!("{came} of {sent} pictures at {side}"))?;
    }
    Ok(())
}

/// The number of the last picture that an end read, and how many it read.
fn pictures(scene: &mut Scene<'_>, side: Side) -> Result<(u64, u64), Stop> {
    let seen = scene.seen(side)?;
    let entry = seen.iter().find(|entry| entry["kind"] == "video").cloned().unwrap_or(Value::Null);
    let count = |name: &str| entry[name].as_u64().unwrap_or(0);
    Ok((count("last"), count("read")))
}
