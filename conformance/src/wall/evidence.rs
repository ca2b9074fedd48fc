//! The folder of a cell: all that says why it came out as it did.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Cell, Record, Side};

/// Where the evidence of a cell is written.
#[derive(Clone, Debug)]
pub struct Evidence {
    folder: PathBuf,
}

impl Evidence {
    /// An empty folder; what an earlier run left there is deleted.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn begin(folder: PathBuf) -> io::Result<Self> {
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::fs::create_dir_all(&folder)?;
        Ok(Evidence { folder })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was said: descriptions, the messages of the protocol, statistics.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn record(&self, record: &Record) -> io::Result<()> {
        for (name, sdp) in record.descriptions() {
            std::fs::write(self.folder.join(name), sdp)?;
        }
        std::fs::write(self.folder.join("messages.jsonl"), record.lines())?;
        for side in Side::BOTH {
            if let Some(stats) = &record.stats[side.index()] {
                let name = format!("{side}-stats.json");
                std::fs::write(self.folder.join(name), format!("{stats:#}\n"))?;
            }
        }
        Ok(())
    }

    /// The end of an end's log.
    ///
    /// # Errors
    /// When the log cannot be read or written.
    pub fn log(&self, side: Side, log: &Path, from: u64) -> io::Result<()> {
        let all = match std::fs::read(log) {
            Ok(all) => all,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let new = &all[(from as usize).min(all.len())..];
        if new.is_empty() {
            return Ok(());
        }
        std::fs::write(self.folder.join(format!("{side}.log")), new)
    }

    /// The packets.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn capture(&self, pcapng: &[u8]) -> io::Result<()> {
        std::fs::write(self.folder.join("packets.pcapng"), pcapng)
    }

    /// Keys that an end wrote, in the format of NSS.
    pub fn keys(&self) -> Vec<String> {
        let files = Side::BOTH.map(|side| self.folder.join(format!("{side}.keys")));
        files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect()
    }

    /// What came of it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn outcome(&self, cell: &Cell) -> io::Result<()> {
        std::fs::write(self.folder.join("outcome.json"), format!("{:#}\n", json!(cell)))
    }
}
