//! The outcomes of runs, kept between them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Cell, Role};

/// A column as it was last run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// The version that took part; empty when it did not start.
    pub version: String,
}

/// All outcomes known, each of the last run that had it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The stack that the wall is about, and its version.
    pub subject: Column,
    /// The columns by name.
    pub columns: BTreeMap<String, Column>,
    /// The cells.
    pub cells: Vec<Cell>,
}

/// Results that cannot be read or written: the file, and why.
#[derive(Debug)]
pub struct ResultsError {
    path: PathBuf,
    why: String,
}

impl fmt::Display for ResultsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

impl std::error::Error for ResultsError {}

impl Results {
    /// Reads what was kept; nothing when there is no file yet.
    ///
    /// # Errors
    /// When the file cannot be read or is none of ours.
    pub fn read(path: &Path) -> Result<Self, ResultsError> {
        let fault = |why: String| ResultsError { path: path.to_owned(), why };
        match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| fault(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(fault(error.to_string())),
        }
    }

    /// Keeps them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ResultsError> {
        let json = serde_json::to_string_pretty(self).expect("results can be written as JSON");
        std::fs::write(path, json + "\n")
            .map_err(|error| ResultsError { path: path.to_owned(), why: error.to_string() })
    }

    /// Puts a cell in the place of an earlier one.
    pub fn put(&mut self, cell: Cell) {
        let same =
            |old: &Cell| (&old.peer, &old.case, old.role) == (&cell.peer, &cell.case, cell.role);
        match self.cells.iter_mut().find(|old| same(old)) {
            Some(old) => *old = cell,
            None => self.cells.push(cell),
        }
    }

    /// Forgets columns and rows that are no more.
    pub fn keep(&mut self, peers: &[&str], cases: &[&str]) {
        self.columns.retain(|name, _| peers.contains(&name.as_str()));
        self.cells.retain(|cell| {
            peers.contains(&cell.peer.as_str()) && cases.contains(&cell.case.as_str())
        });
    }

    /// The cell in this place.
    pub fn cell(&self, peer: &str, case: &str, role: Role) -> Option<&Cell> {
        self.cells.iter().find(|cell| (&*cell.peer, &*cell.case, cell.role) == (peer, case, role))
    }
}
