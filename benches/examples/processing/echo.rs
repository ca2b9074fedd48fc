//! How much of an echo is left, and of who speaks beside it.

use std::fs::File;

use lapwing_benches::plot::Table;
use lapwing_engine::MediaTime;
use lapwing_media::files::{Reader, WavReader};
use lapwing_media::processing::{Processor, ProcessorSettings};
use lapwing_media::{Samples, resample};

use crate::asset;
use crate::room::{self, RATE, Room};

/// The stage that is measured, alone.
const CANCEL: ProcessorSettings =
    ProcessorSettings { echo_cancellation: true, ..ProcessorSettings::NONE };

/// What echo cancellation and noise suppression do beside their work: the reference.
pub(crate) const HIGH_PASS: ProcessorSettings =
    ProcessorSettings { high_pass: true, ..ProcessorSettings::NONE };

/// The delay of the canceller's filters in samples.
const DELAY: usize = 384;

/// A case of the far end alone.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    delay_ms: usize,
    decay_ms: usize,
    loss_db: f32,
    /// How much faster the loudspeaker's clock runs than the microphone's, in parts per million.
    drift_ppm: f64,
    /// How often the clip is played.
    times: usize,
}

const fn case(name: &'static str, delay_ms: usize, decay_ms: usize, loss_db: f32) -> Case {
    Case { name, delay_ms, decay_ms, loss_db, drift_ppm: 0.0, times: 1 }
}

pub(crate) const CASES: [Case; 8] = [
    case("20 ms, decay 200 ms", 20, 200, 6.0),
    case("60 ms, decay 200 ms", 60, 200, 6.0),
    case("120 ms, decay 200 ms", 120, 200, 6.0),
    case("250 ms, decay 200 ms", 250, 200, 6.0),
    case("60 ms, decay 400 ms", 60, 400, 6.0),
    case("60 ms, as loud as played", 60, 200, 0.0),
    Case { drift_ppm: 100.0, times: 6, ..case("60 ms, +100 ppm, 60 s", 60, 200, 6.0) },
    Case { drift_ppm: -100.0, times: 6, ..case("60 ms, -100 ppm, 60 s", 60, 200, 6.0) },
];

/// The speech clip at 16 kHz.
pub(crate) fn speech() -> Vec<f32> {
    let file = File::open(asset("speech-16k.wav")).expect("the clip is committed");
    let mut reader = WavReader::new(file).expect("the clip is good");
    let chunks = std::iter::from_fn(|| reader.next().expect("the clip is good"));
    chunks.flat_map(Samples::into_data).collect()
}

/// What comes out for this sound at 48 kHz while nothing is played.
pub(crate) fn process_alone(settings: ProcessorSettings, heard: &[f32]) -> Vec<f32> {
    let mut processor = Processor::new(settings);
    let heard = room::blocks(heard);
    heard.flat_map(|it| processor.capture(&it).expect("48 kHz").into_data()).collect()
}

/// The same while this is played, by a clock that is so much faster. With the processor.
fn process(heard: &[f32], played: &[f32], drift_ppm: f64) -> (Vec<f32>, Processor) {
    let mut processor = Processor::new(CANCEL);
    let mut out = Vec::new();
    let mut played = room::blocks(played);
    let mut given = 0.0;
    for (index, heard) in room::blocks(heard).enumerate() {
        while given < (index + 1) as f64 * (1.0 + drift_ppm * 1e-6) {
            given += 1.0;
            if let Some(block) = played.next() {
                processor.render(&block).expect("48 kHz");
            }
        }
        out.extend(processor.capture(&heard).expect("48 kHz").into_data());
    }
    (out, processor)
}

/// Sound as a clock hears it that is slower by this much: between two samples by a cubic.
fn drifted(sound: &[f32], ppm: f64) -> Vec<f32> {
    if ppm == 0.0 {
        return sound.to_vec();
    }
    let at = |index: usize| sound.get(index).copied().unwrap_or(0.0);
    let sample = |index: usize| {
        let place = index as f64 * (1.0 + ppm * 1e-6);
        let (whole, t) = (place as usize, place.fract() as f32);
        let (a, b) = (at(whole.saturating_sub(1)), at(whole));
        let (c, d) = (at(whole + 1), at(whole + 2));
        let slope = 0.5 * (c - a);
        let next = 0.5 * (d - b);
        let (square, cube) = (t * t, t * t * t);
        b * (2.0 * cube - 3.0 * square + 1.0)
            + slope * (cube - 2.0 * square + t)
            + c * (3.0 * square - 2.0 * cube)
            + next * (cube - square)
    };
    (0..sound.len()).map(sample).collect()
}

/// What is taken out of the echo between two times in seconds, in dB.
fn enhancement(heard: &[f32], out: &[f32], from: usize, to: usize) -> f64 {
    let range = from * RATE as usize..to * RATE as usize;
    room::rms_db(&heard[range.clone()]) - room::rms_db(&out[range])
}

/// What was played, what the microphone heard, and what was made of it, at 48 kHz. All begin at the
/// same moment.
pub(crate) struct Talk {
    pub(crate) played: Vec<f32>,
    pub(crate) heard: Vec<f32>,
    /// What would have been heard of the near end alone, through the high-pass.
    pub(crate) near: Vec<f32>,
    /// Through the high-pass alone.
    pub(crate) without: Vec<f32>,
    pub(crate) with: Vec<f32>,
}

/// What goes to the loudspeaker in a case, and what the microphone hears of it beside its own
/// noise of -80 dBFS.
fn far_end(case: &Case) -> (Vec<f32>, Vec<f32>) {
    let played = speech().repeat(case.times);
    let heard = Room::new(1, case.delay_ms, case.decay_ms, case.loss_db).echo(&played);
    let noise = room::wide(&room::noise(2, played.len(), -80.0));
    let heard = drifted(&room::wide(&heard), case.drift_ppm);
    (room::wide(&played), room::mix(&heard, &noise))
}

/// The last ten seconds of a case in which the far end alone speaks.
pub(crate) fn far_talk(case: &Case) -> Talk {
    let (played, heard) = far_end(case);
    let (out, _) = process(&heard, &played, case.drift_ppm);
    let without = process_alone(HIGH_PASS, &heard);
    let from = heard.len() / case.times * (case.times - 1);
    let end = (heard.len().min(out.len()) - DELAY).min(without.len());
    Talk {
        played: played[from..end].to_vec(),
        heard: heard[from..end].to_vec(),
        near: vec![0.0; end - from],
        without: without[from..end].to_vec(),
        with: out[from + DELAY..end + DELAY].to_vec(),
    }
}

/// The near end speaks, and nothing is played.
pub(crate) fn near_talk() -> Talk {
    let heard = room::wide(&speech());
    let played = vec![0.0; heard.len()];
    let (out, _) = process(&heard, &played, 0.0);
    let without = process_alone(HIGH_PASS, &heard);
    let end = without.len().min(out.len()) - DELAY;
    Talk {
        played: played[..end].to_vec(),
        heard: heard[..end].to_vec(),
        near: without[..end].to_vec(),
        without: without[..end].to_vec(),
        with: out[DELAY..].to_vec(),
    }
}

/// By how much the echo is quieter than it was played, in dB, while both ends speak.
pub(crate) const BOTH_LOSSES: [f32; 4] = [0.0, 6.0, 10.0, 20.0];

/// Both ends speak: the clip, and its second half before its first, after the room was learnt from
/// as much of the far end alone.
pub(crate) fn double_talk(loss_db: f32) -> Talk {
    let near = speech();
    let half = near.len() / 2;
    let far: Vec<f32> = near[half..].iter().chain(&near[..half]).copied().collect();
    let echo = Room::new(3, 40, 200, loss_db).echo(&far);
    let heard: Vec<f32> = echo.iter().copied().chain(room::mix(&near, &echo)).collect();
    let near: Vec<f32> = std::iter::repeat_n(0.0, far.len()).chain(near).collect();
    let (heard, played) = (room::wide(&heard), room::wide(&far.repeat(2)));
    let (out, _) = process(&heard, &played, 0.0);
    let near = process_alone(HIGH_PASS, &room::wide(&near));
    let without = process_alone(HIGH_PASS, &heard);
    let from = near.len() / 2;
    Talk {
        played: played[from..].to_vec(),
        heard: heard[from..].to_vec(),
        near: near[from..].to_vec(),
        without: without[from..].to_vec(),
        with: out[from + DELAY..].to_vec(),
    }
}

/// The far end alone: the echo of speech, with noise of the microphone at -80 dBFS.
pub(crate) fn alone() -> Table {
    let mut table = Table::new([
        "echo after",
        "1-2 s, dB",
        "2-5 s, dB",
        "5 s on, dB",
        "library ERL, dB",
        "library ERLE, dB",
        "delay found, ms",
        "blocks dropped",
        "blocks missing",
    ]);
    for case in CASES {
        let (played, heard) = far_end(&case);
        let (out, processor) = process(&heard, &played, case.drift_ppm);
        let stats = processor.stats();
        let end = heard.len() / RATE as usize;
        let figure = |value: Option<f64>| value.map_or_else(String::new, |db| format!("{db:.1}"));
        table.push([
            case.name.to_owned(),
            format!("{:.1}", enhancement(&heard, &out, 1, 2)),
            format!("{:.1}", enhancement(&heard, &out, 2, 5)),
            format!("{:.1}", enhancement(&heard, &out, 5, end)),
            figure(stats.echo_return_loss),
            figure(stats.echo_return_loss_enhancement),
            stats.echo_delay.map_or_else(String::new, |delay| delay.as_millis().to_string()),
            stats.dropped_blocks.to_string(),
            stats.missing_blocks.to_string(),
        ]);
    }
    table
}

/// Both ends speak: the clip, and its second half before its first, after the room was learnt.
pub(crate) fn both() -> Table {
    let mut table = Table::new([
        "near over echo",
        "segmental SNR off, dB",
        "on, dB",
        "PESQ off",
        "on",
        "level of near kept, dB",
    ]);
    for loss_db in BOTH_LOSSES {
        let Talk { near, without, with, .. } = &double_talk(loss_db);
        let kept = room::speech_db(with, RATE) - room::speech_db(near, RATE);
        table.push([
            format!("{loss_db} dB"),
            format!("{:.1}", room::segmental_snr(near, without, RATE)),
            format!("{:.1}", room::segmental_snr(near, with, RATE)),
            format!("{:.2}", pesq(near, without)),
            format!("{:.2}", pesq(near, with)),
            format!("{kept:.1}"),
        ]);
    }
    table
}

/// PESQ-WB (ITU-T P.862.2) of sound at 48 kHz.
pub(crate) fn pesq(reference: &[f32], other: &[f32]) -> f64 {
    let narrow = |sound: &[f32]| {
        let samples = Samples::new(sound.to_vec(), RATE, 1, MediaTime::new(0, RATE));
        resample(&samples.expect("one channel"), 16_000).expect("both rates exist").to_i16()
    };
    pesq::pesq_wb(&narrow(reference), &narrow(other)).map_or(f64::NAN, f64::from)
}
