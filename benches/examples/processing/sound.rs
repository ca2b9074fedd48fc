//! Noise suppression and gain control.

use lapwing_benches::plot::Table;
use lapwing_media::processing::{Processor, ProcessorSettings, TARGET_DBFS};

use crate::echo::{HIGH_PASS, pesq, process_alone, speech};
use crate::room::{self, RATE};

const SUPPRESS: ProcessorSettings =
    ProcessorSettings { noise_suppression: true, ..ProcessorSettings::NONE };
const LEVEL: ProcessorSettings =
    ProcessorSettings { auto_gain_control: true, ..ProcessorSettings::NONE };

/// The delay of the suppressor's filters in samples.
const DELAY: usize = 288;

/// Speech in noise, before and after. The reference is the speech through the high-pass, which
/// suppression has on in any case.
pub(crate) fn noise() -> Table {
    let speech = speech();
    let level = room::speech_db(&speech, 16_000) as f32;
    let clean = process_alone(HIGH_PASS, &room::wide(&speech));
    let mut table = Table::new([
        "noise",
        "segmental SNR off, dB",
        "on, dB",
        "PESQ off",
        "on",
        "noise alone lowered, dB",
    ]);
    for snr in [0.0_f32, 5.0, 10.0, 20.0] {
        let white = room::noise(5, speech.len(), level - snr);
        let babble = room::babble(&speech, level - snr);
        for (name, noise) in [("white", white), ("babble", babble)] {
            let noisy = room::wide(&room::mix(&speech, &noise));
            let without = process_alone(HIGH_PASS, &noisy);
            let with = &process_alone(SUPPRESS, &noisy)[DELAY..];
            let noise = room::wide(&noise);
            let half = noise.len() / 2;
            let quiet = process_alone(SUPPRESS, &noise);
            let noise = process_alone(HIGH_PASS, &noise);
            table.push([
                format!("{name}, {snr} dB"),
                format!("{:.1}", room::segmental_snr(&clean, &without, RATE)),
                format!("{:.1}", room::segmental_snr(&clean, with, RATE)),
                format!("{:.2}", pesq(&clean, &without)),
                format!("{:.2}", pesq(&clean, with)),
                format!("{:.1}", room::rms_db(&noise[half..]) - room::rms_db(&quiet[half..])),
            ]);
        }
    }
    table
}

/// Speech of several levels: where it comes out in the second ten seconds of twenty, and when it
/// is within 3 dB for good.
pub(crate) fn level() -> Table {
    let speech = speech();
    let was = room::speech_db(&speech, 16_000) as f32;
    let target = f64::from(TARGET_DBFS);
    let mut table = Table::new(["speech, dBFS", "out, dBFS", "off target, dB", "within 3 dB, s"]);
    for dbfs in [-40, -35, -30, -25, -20, -15, -10] {
        let factor = 10.0_f32.powf((dbfs as f32 - was) / 20.0);
        let heard: Vec<f32> = speech.iter().map(|sample| sample * factor).collect();
        let heard = room::wide(&heard).repeat(2);
        let mut processor = Processor::new(LEVEL);
        let (mut out, mut outside) = (Vec::new(), 0);
        for (index, block) in room::blocks(&heard).enumerate() {
            out.extend(processor.capture(&block).expect("48 kHz").into_data());
            let gain = processor.stats().gain_db.map_or(0.0, f64::from);
            if (f64::from(dbfs) + gain - target).abs() > 3.0 {
                outside = index + 1;
            }
        }
        let level = room::speech_db(&out[out.len() / 2..], RATE);
        table.push([
            dbfs.to_string(),
            format!("{level:.1}"),
            format!("{:.1}", level - target),
            format!("{:.1}", outside as f64 / 100.0),
        ]);
    }
    table
}
