//! The recording of a participant's connections in files.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::peer::Peer;

/// A recording for each connection that a participant has: the first in the file that was named,
/// later ones beside it with a number.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
    /// The connection whose recording the file holds, once there is one.
    generation: Option<u32>,
    connections: u32,
}

impl LogFile {
    /// Makes the file, so that a bad name is known before the call.
    ///
    /// # Errors
    /// The system's, with the file's name.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = create(path)?;
        Ok(LogFile { path: path.to_owned(), file, generation: None, connections: 1 })
    }

    /// Stores what was recorded since the last time, once there is somebody to connect to.
    ///
    /// # Errors
    /// The system's, with the file's name.
    pub(super) fn keep(&mut self, peer: &mut Peer) -> io::Result<()> {
        if peer.remote().is_none() {
            return Ok(());
        }
        let recorded = peer.rtc().take_recording();
        self.write(peer.generation(), &recorded)
    }

    /// As [`Self::keep`], for the last time.
    ///
    /// # Errors
    /// The system's, with the file's name.
    pub(super) fn finish(&mut self, peer: &mut Peer) -> io::Result<()> {
        if peer.remote().is_none() {
            return Ok(());
        }
        let recorded = peer.rtc().finish_recording();
        self.write(peer.generation(), &recorded)
    }

    /// Stores a part of the recording of a connection.
    ///
    /// # Errors
    /// The system's, with the file's name.
    pub(super) fn write(&mut self, generation: u32, recorded: &[u8]) -> io::Result<()> {
        if recorded.is_empty() {
            return Ok(());
        }
        if self.generation.is_some_and(|known| known != generation) {
            self.connections += 1;
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{}", self.connections));
            self.file = create(Path::new(&name))?;
        }
        self.generation = Some(generation);
        self.file.write_all(recorded).map_err(|error| named(&self.path, &error))
    }
}

fn create(path: &Path) -> io::Result<File> {
    File::create(path).map_err(|error| named(path, &error))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()))
}
