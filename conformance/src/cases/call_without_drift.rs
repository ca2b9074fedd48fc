//! Three minutes, and how late things are at the end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::wall::{Case, Messages, Played, Role, Scene, Side, Stop, Track, must};

pub(super) const CASE: Case = Case::new(
    "Three minutes of sound, pictures and messages: nothing is later at the end than at first",
    "RFC 8834 section 5, RFC 3550 section 6.4.1",
    play,
)
.needs(&["data"])
.roles(&[Role::WeOffer])
.only(&["chromium", "chromium-newest", "firefox", "firefox-newest", "lapwing-simnet"])
.within(280);

/// Pictures a second.
const RATE: f64 = 15.0;
/// Until queues and estimates have settled.
const SETTLED: Duration = Duration::from_secs(20);
/// What is compared at both ends of the call.
const STRETCH: Duration = Duration::from_secs(10);
/// The call.
const LENGTH: Duration = Duration::from_secs(180);
/// How often an end is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Messages go both ways this often.
const MESSAGES_EVERY: Duration = Duration::from_secs(10);

/// Clocks of two processes on one machine are one; a camera on a busy machine is late for once, not
/// more and more. A drift of 0.1 % would be 160 ms.
const DRIFT_MAX_MS: f64 = 60.0;
/// No picture for so long is a freeze.
const FREEZE_MS: f64 = 1_500.0;
/// What our program may grow by while nothing but time passes.
const GROWTH_MAX_KIB: u64 = 8 << 10;

/// How long a packet of sound is, in every stack that plays this case.
const PACKET_MS: f64 = 20.0;

/// How late something was over a stretch.
struct Late {
    what: String,
    ms: f64,
    /// How far the clock of what was sent was behind by then: a browser without a sound device
    /// makes sound by a clock of its own.
    source_ms: f64,
}

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let tracks = [scene.audio()?, scene.video("VP8")?];
    let offerer = scene.offerer();
    scene.channel(offerer, "chat", json!({}))?;
    scene.connect()?;
    scene.channel_open("chat")?;
    scene.flows(&tracks)?;
    scene.rest(SETTLED);
    let mut watch = Watch::begin(scene, &tracks[1])?;
    let memory = scene.memory(Side::Subject);
    let first = watch.look(scene, STRETCH)?;
    let begun = scene.elapsed();
    let mut number = 0;
    while scene.elapsed() < begun + LENGTH - 2 * STRETCH {
        for side in Side::BOTH {
            scene.delivers(side, "chat", Messages::binary(20_000, 5, number))?;
        }
        number += 1;
        watch.look(scene, MESSAGES_EVERY)?;
        scene.flows(&tracks)?;
    }
    let last = watch.look(scene, STRETCH)?;
    must(first.len() == last.len() && first.len() >= 4, || {
        format!("{} of the first kinds and {} of the last", first.len(), last.len())
    })?;
    for (before, after) in first.iter().zip(&last) {
        let what = &before.what;
        let (all, own) = (after.ms - before.ms, after.source_ms - before.source_ms);
        let value = format!("{:.1} ms, and its source by {own:.1} ms", all - own);
        scene.figure(&format!("drift of {what}"), &value);
    }
    for (before, after) in first.iter().zip(&last) {
        let drift = after.ms - after.source_ms - (before.ms - before.source_ms);
        must(drift.abs() <= DRIFT_MAX_MS, || format!("{} drifted by {drift:.0} ms", before.what))?;
    }
    grew(scene, memory)
}

/// Our program is as large as it was.
fn grew(scene: &mut Scene<'_>, before: Option<u64>) -> Played {
    // Simulated ends share a process with what simulates them.
    let Some((before, after)) = before.zip(scene.memory(Side::Subject)) else { return Ok(()) };
    scene.figure("memory of the subject", &format!("{before} KiB at first, {after} KiB at last"));
    must(after <= before + GROWTH_MAX_KIB, || format!("it grew from {before} to {after} KiB"))
}

/// Looks at pictures and sound of both ends.
struct Watch<'a> {
    video: &'a Track,
    /// When it began, and the number of the picture that each end had read by then.
    begun: f64,
    firsts: [u64; 2],
}

impl<'a> Watch<'a> {
    fn begin(scene: &mut Scene<'_>, video: &'a Track) -> Result<Self, Stop> {
        let mut firsts = [0; 2];
        for side in Side::BOTH {
            firsts[side.index()] = scene.last_number(side, video)?.unwrap_or(0);
        }
        Ok(Watch { video, begun: scene.elapsed().as_secs_f64(), firsts })
    }

    /// Looks for so long; gives the least lateness of each kind.
    fn look(&mut self, scene: &mut Scene<'_>, time: Duration) -> Result<Vec<Late>, Stop> {
        let end = scene.elapsed() + time;
        let mut least = [f64::INFINITY; 2];
        while scene.elapsed() < end {
            scene.rest(LOOK_EVERY);
            for side in Side::BOTH {
                let Some(number) = scene.last_number(side, self.video)? else { continue };
                let passed = scene.elapsed().as_secs_f64() - self.begun;
                let came = (number as f64 - self.firsts[side.index()] as f64) / RATE;
                let late = (passed - came) * 1_000.0;
                must(late < FREEZE_MS, || format!("{side}: no picture for {late:.0} ms"))?;
                least[side.index()] = least[side.index()].min(late);
            }
        }
        let mut late = Vec::new();
        for side in Side::BOTH {
            let ms = least[side.index()];
            let what = format!("what {side} sees, by numbers of pictures");
            late.extend(ms.is_finite().then_some(Late { what, ms, source_ms: 0.0 }));
            let source_ms = behind(scene, side.other())?;
            let seen = scene.seen(side)?;
            late.extend(seen.iter().filter_map(|entry| told(side, entry, source_ms)));
        }
        Ok(late)
    }
}

/// How far the sound that an end sent is behind the clock of the harness, counted from anywhere.
fn behind(scene: &mut Scene<'_>, side: Side) -> Result<f64, Stop> {
    let facts = scene.facts(side)?;
    let sent = facts["sound_packets_sent"].as_f64();
    let sent = sent.ok_or_else(|| Stop::fault(format!("{side} does not tell its sound: {facts}")))?;
    Ok(scene.elapsed().as_secs_f64() * 1_000.0 - sent * PACKET_MS)
}

/// What an end tells of an m-line by itself.
fn told(side: Side, entry: &Value, sound_ms: f64) -> Option<Late> {
    let kind = entry["kind"].as_str()?;
    let source_ms = if kind == "audio" { sound_ms } else { 0.0 };
    match (entry["late_ms"].as_f64(), entry["waits_ms"].as_f64()) {
        (Some(ms), _) => {
            Some(Late { what: format!("{kind} at {side}, by RTP time"), ms, source_ms })
        }
        (_, Some(ms)) => {
            Some(Late { what: format!("{kind} at {side}, in its buffer"), ms, source_ms: 0.0 })
        }
        _ => None,
    }
}
