//! The recording of a participant's connections in files.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::peer::Peer;
use crate::disk::{self, Secrecy};

/// A recording for each connection that a participant has: the first in the file that was named,
/// later ones beside it with a number. They hold keys, so nobody else may read them.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
    /// The connection whose recording the file holds, once there is one.
    generation: Option<u32>,
    connections: u32,
    force: bool,
}

impl LogFile {
    /// Makes the file, so that a bad name is known before the call. With `force` it may take the
    /// place of another.
    ///
    /// # Errors
    /// The system's, with the file's name.
    pub fn create(path: &Path, force: bool) -> io::Result<Self> {
        let file = create(path, force).map_err(|error| named(path, &error))?;
        Ok(LogFile { path: path.to_owned(), file, generation: None, connections: 1, force })
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
            self.begin_next()?;
        }
        self.generation = Some(generation);
        self.file.write_all(recorded).map_err(|error| named(&self.path, &error))
    }

    /// The file of another connection.
    fn begin_next(&mut self) -> io::Result<()> {
        let numbered = |number: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        self.connections += 1;
        let next = numbered(self.connections);
        if self.force {
            self.file = create(&next, true).map_err(|error| named(&next, &error))?;
            return Ok(());
        }
        // What has that name is not ours: the next that is free does as well.
        let later = self.connections - 1;
        let made = disk::create_numbered(Secrecy::Secret, |number| numbered(later + number));
        self.file = made.map_err(|error| named(&next, &error))?.1;
        Ok(())
    }
}

fn create(path: &Path, force: bool) -> io::Result<File> {
    match force {
        true => disk::replace(path, Secrecy::Secret),
        false => disk::create(path, Secrecy::Secret),
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    let path = path.display();
    let text = match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("{path} is there already; name another file, or replace it with --force")
        }
        _ => format!("{path} cannot be written: {error}"),
    };
    io::Error::new(error.kind(), text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_log_is_secret_and_replaces_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a.log.2"), "mine").expect("written");
        let mut log = LogFile::create(&path("a.log"), false).expect("it is made");
        for generation in 1..=2 {
            log.write(generation, b"recorded").expect("written");
        }
        for name in ["a.log", "a.log.3"] {
            let mode = std::fs::metadata(path(name)).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert_eq!(std::fs::read(path("a.log.2")).expect("there"), b"mine");
        let error = LogFile::create(&path("a.log"), false).expect_err("it is there");
        assert!(error.to_string().contains("--force"), "{error}");
        LogFile::create(&path("a.log"), true).expect("it is replaced");
        assert_eq!(std::fs::read(path("a.log")).expect("there"), b"");
    }
}
