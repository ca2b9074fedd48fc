//! Processor time.

use std::time::Duration;

use lapwing_benches::measure::cpu;
use lapwing_benches::plot::Table;
use lapwing_media::processing::{CleanerSettings, PictureCleaner, Processor, ProcessorSettings};

use crate::echo::speech;
use crate::pictures::{clip, noisy};
use crate::room::{self, Random, Room};

/// Runs of which the shortest counts.
const RUNS: usize = 5;

fn shortest(mut run: impl FnMut() -> Duration) -> Duration {
    (0..RUNS).map(|_| run()).min().unwrap_or_default()
}

/// What one core does: sound per second of it, pictures each.
pub(crate) fn table() -> Table {
    let played = speech();
    let heard = room::wide(&Room::new(1, 60, 200, 6.0).echo(&played));
    let played = room::wide(&played);
    let mut table = Table::new(["what", "processor time", "times real time"]);
    for (name, settings) in [
        ("sound: nothing but blocks, voice and level", ProcessorSettings::NONE),
        ("sound: echo", ProcessorSettings { echo_cancellation: true, ..ProcessorSettings::NONE }),
        ("sound: noise", ProcessorSettings { noise_suppression: true, ..ProcessorSettings::NONE }),
        ("sound: level", ProcessorSettings { auto_gain_control: true, ..ProcessorSettings::NONE }),
        ("sound: everything", ProcessorSettings::ALL),
    ] {
        let time = shortest(|| {
            let mut processor = Processor::new(settings);
            let run = || {
                for (heard, played) in room::blocks(&heard).zip(room::blocks(&played)) {
                    processor.render(&played).expect("48 kHz");
                    processor.capture(&heard).expect("48 kHz");
                }
            };
            cpu(run).1
        });
        let second = time.as_secs_f64() / (heard.len() as f64 / f64::from(room::RATE));
        let each = format!("{:.2} ms a second", second * 1e3);
        table.push([name.to_owned(), each, format!("{:.0}", 1.0 / second)]);
    }
    let mut random = Random::new(19);
    let pictures: Vec<_> = clip(50).iter().map(|it| noisy(it, 6.0, &mut random)).collect();
    for (name, settings) in [
        ("picture of 640x360: noise", CleanerSettings { denoise: true, low_light: false }),
        ("picture of 640x360: light", CleanerSettings { denoise: false, low_light: true }),
        ("picture of 640x360: both", CleanerSettings::ALL),
    ] {
        let time = shortest(|| {
            let mut cleaner = PictureCleaner::new(settings);
            let pictures = pictures.clone();
            cpu(|| pictures.into_iter().for_each(|it| drop(cleaner.clean(it)))).1
        });
        let each = time.as_secs_f64() / pictures.len() as f64;
        table.push([
            name.to_owned(),
            format!("{:.2} ms", each * 1e3),
            format!("{:.0}", 1.0 / (30.0 * each)),
        ]);
    }
    table
}
