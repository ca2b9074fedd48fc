//! What belongs into files: recordings and keys.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use rustix::fs::OFlags;

/// A part of a file that the agent would write if it wrote files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// Which one.
    pub path: PathBuf,
    /// The file begins with this; else it goes on with it.
    pub begins: bool,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl FilePart {
    /// Writes it. The file is its owner's alone, and no link is followed: it holds secrets.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let links = OFlags::NOFOLLOW.bits() as i32;
        options.create(true).mode(0o600).custom_flags(links);
        if self.begins {
            options.write(true).truncate(true);
        } else {
            options.append(true);
        }
        options.open(&self.path)?.write_all(&self.bytes)
    }
}
