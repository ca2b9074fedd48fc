//! A run of a report: where it is kept, whether it is there, and how it is made.

use std::path::{Path, PathBuf};

use lapwing_simnet::Sessions;

use super::super::stored::{self, Brief, Made};
use super::super::{SimError, store, verify};
use super::draw::file_name;

/// Runs, below the folder of the report, by sessions, scenario and seed.
pub(super) const RUNS: &str = "runs";

/// A scenario that a report is of.
pub(super) struct Of {
    /// As it was named on the command line.
    pub(super) word: String,
    /// Its own name.
    pub(super) name: String,
    pub(super) made: Made,
    pub(super) seeds: Vec<u64>,
}

/// A run that the report wants.
pub(super) struct Task<'a> {
    pub(super) of: &'a Of,
    pub(super) sessions: Sessions,
    pub(super) seed: u64,
}

impl Task<'_> {
    fn folder(&self, out: &Path) -> PathBuf {
        let folder = out.join(RUNS).join(self.sessions.name()).join(file_name(&self.of.name));
        folder.join(format!("seed-{}", self.seed))
    }

    /// True when the run is there, complete, and the one that is wanted.
    pub(super) fn is_there(&self, out: &Path) -> bool {
        // One that cannot be read is made again.
        let brief = stored::read(&self.folder(out).join(store::SUMMARY));
        brief.is_ok_and(|brief: Brief| brief.made == self.of.made && brief.seed == self.seed)
    }

    /// Makes the run in a process of its own.
    pub(super) fn run(&self, out: &Path) -> Result<(), SimError> {
        let folder = self.folder(out).display().to_string();
        let program = self.of.made.program.as_str();
        let sessions = self.sessions.name();
        let more =
            ["--json", "--summary-by", program, "--sessions", sessions, "--out", folder.as_str()];
        let output = verify::child(&self.of.word, self.seed, &more)?;
        if self.is_there(out) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let said = if said.is_empty() { "it left no summary".to_owned() } else { said };
        Err(SimError::Child(format!("{}, {sessions}, seed {}: {said}", self.of.name, self.seed)))
    }
}
