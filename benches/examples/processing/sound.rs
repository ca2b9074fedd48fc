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

/// How much louder speech is than noise, in dB.
const RATIOS: [f32; 4] = [0.0, 5.0, 10.0, 20.0];

/// Speech in noise at 48 kHz, of all kinds and strengths, with the noise alone.
pub(crate) fn in_noise() -> impl Iterator<Item = (String, Vec<f32>, Vec<f32>)> {
    let speech = speech();
    let level = room::speech_db(&speech, 16_000) as f32;
    RATIOS.into_iter().flat_map(move |snr| {
        let white = room::noise(5, speech.len(), level - snr);
        let babble = room::babble(&speech, level - snr);
        [("white", white), ("babble", babble)].map(|(name, noise)| {
            let noisy = room::wide(&room::mix(&speech, &noise));
            (format!("{name}, {snr} dB"), noisy, room::wide(&noise))
        })
    })
}

/// Without suppression, and with it: both begin at the same moment.
pub(crate) fn suppressed(noisy: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let without = process_alone(HIGH_PASS, noisy);
    (without, process_alone(SUPPRESS, noisy).split_off(DELAY))
}

/// Speech in noise, before and after. The reference is the speech through the high-pass, which
/// suppression has on in any case.
pub(crate) fn noise() -> Table {
    let clean = process_alone(HIGH_PASS, &room::wide(&speech()));
    let mut table = Table::new([
        "noise",
        "segmental SNR off, dB",
        "on, dB",
        "PESQ off",
        "on",
        "noise alone lowered, dB",
    ]);
    for (name, noisy, noise) in in_noise() {
        let (without, with) = suppressed(&noisy);
        let half = noise.len() / 2;
        let quiet = process_alone(SUPPRESS, &noise);
        let noise = process_alone(HIGH_PASS, &noise);
        table.push([
            name,
            format!("{:.1}", room::segmental_snr(&clean, &without, RATE)),
            format!("{:.1}", room::segmental_snr(&clean, &with, RATE)),
            format!("{:.2}", pesq(&clean, &without)),
            format!("{:.2}", pesq(&clean, &with)),
            format!("{:.1}", room::rms_db(&noise[half..]) - room::rms_db(&quiet[half..])),
        ]);
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
