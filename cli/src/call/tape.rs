//! Sound into a file, as it would be heard.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::time::Instant;

use lapwing_media::Samples;
use lapwing_media::sinks::WavWriter;
use lapwing_rooms::call::Loudspeaker;

/// What loudspeakers are given.
const RATE: u32 = 48_000;

/// Writes what a loudspeaker would play into a WAV file.
pub(super) struct Tape {
    /// Nothing once it could not be written.
    file: Option<WavWriter<BufWriter<File>>>,
}

impl Tape {
    /// A new file, in place of any that is there.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        // People's voices: for whoever called, and nobody else.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = BufWriter::new(options.open(path)?);
        let file = WavWriter::new(file, RATE, 1).map_err(io::Error::other)?;
        Ok(Tape { file: Some(file) })
    }
}

impl Loudspeaker for Tape {
    fn play(&mut self, sound: &Samples, _: Instant) {
        let Some(file) = &mut self.file else { return };
        if let Err(error) = file.write(sound) {
            tracing::warn!(%error, "the sound is no longer written");
            self.file = None;
        }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.file.take().map(WavWriter::finish) {
            tracing::warn!(%error, "the sound has no end");
        }
    }
}
