//! Sound for judges that are no part of this: what `mos.py` reads.

use std::fs::File;
use std::io;
use std::path::Path;

use lapwing_engine::MediaTime;
use lapwing_media::files::WavWriter;
use lapwing_media::{Samples, resample};

use crate::echo::{self, Talk};
use crate::room::RATE;
use crate::sound;

/// The rate of the files, in Hz: the speech has no more.
const FILE_RATE: u32 = 16_000;

/// Writes what the tables of echo and noise are about into a folder. Files are named by what they
/// are of, the place of the row, the row, and the part of it, with `--` between.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (place, case) in echo::CASES.iter().enumerate() {
        write_talk(folder, &format!("far--{place}--{}", case.name), &echo::far_talk(case))?;
    }
    for (place, loss_db) in echo::BOTH_LOSSES.into_iter().enumerate() {
        let name = format!("both--{place}--{loss_db} dB");
        write_talk(folder, &name, &echo::double_talk(loss_db))?;
    }
    write_talk(folder, "near--0--alone", &echo::near_talk())?;
    for (place, (name, noisy, _)) in sound::in_noise().enumerate() {
        let (without, with) = sound::suppressed(&noisy);
        for (part, sound) in [("off", &without), ("on", &with)] {
            write_file(&folder.join(format!("noise--{place}--{name}--{part}.wav")), sound)?;
        }
    }
    Ok(())
}

fn write_talk(folder: &Path, name: &str, talk: &Talk) -> io::Result<()> {
    let parts =
        [("lpb", &talk.played), ("mic", &talk.heard), ("off", &talk.without), ("on", &talk.with)];
    for (part, sound) in parts {
        write_file(&folder.join(format!("{name}--{part}.wav")), sound)?;
    }
    Ok(())
}

fn write_file(path: &Path, sound: &[f32]) -> io::Result<()> {
    let samples = Samples::new(sound.to_vec(), RATE, 1, MediaTime::new(0, RATE));
    let samples = resample(&samples.expect("one channel"), FILE_RATE).expect("both rates exist");
    let mut writer = WavWriter::new(File::create(path)?, FILE_RATE, 1).map_err(io::Error::other)?;
    writer.write(&samples).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(())
}
