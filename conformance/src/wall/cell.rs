//! What a case came to with a peer.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Played, Record, Role, Stop};

/// What a case came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// All is as it must be.
    Passed,
    /// It failed once and passed then.
    Flaked {
        /// What failed.
        fault: String,
    },
    /// It is not.
    Failed {
        /// What is not.
        fault: String,
    },
    /// One of the stacks cannot do what the case is about.
    NotApplicable {
        /// Who cannot do what.
        why: String,
    },
}

impl From<Played> for Outcome {
    fn from(played: Played) -> Self {
        match played {
            Ok(()) => Outcome::Passed,
            Err(Stop::Fault(fault)) => Outcome::Failed { fault },
            Err(Stop::NotApplicable(why)) => Outcome::NotApplicable { why },
        }
    }
}

impl Outcome {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Passed => "pass",
            Outcome::Flaked { .. } => "flake",
            Outcome::Failed { .. } => "fail",
            Outcome::NotApplicable { .. } => "n/a",
        }
    }

    /// What failed, or cannot be done.
    pub fn text(&self) -> &str {
        match self {
            Outcome::Passed => "",
            Outcome::Flaked { fault } | Outcome::Failed { fault } => fault,
            Outcome::NotApplicable { why } => why,
        }
    }
}

/// A cell of the wall.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The column.
    pub peer: String,
    /// The row.
    pub case: String,
    /// Who offered.
    pub role: Role,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Milliseconds until both ends were connected.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub connected_ms: Option<u64>,
    /// Milliseconds until the first picture was seen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_frame_ms: Option<u64>,
    /// Milliseconds that the case took.
    pub took_ms: u64,
    /// What was measured, by what it is and its unit.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub figures: BTreeMap<String, f64>,
}

impl Cell {
    /// A cell of which nothing is known yet.
    pub(super) fn new(peer: &str, case: &str, role: Role) -> Self {
        Cell {
            peer: peer.to_owned(),
            case: case.to_owned(),
            role,
            outcome: Outcome::Passed,
            connected_ms: None,
            first_frame_ms: None,
            took_ms: 0,
            figures: BTreeMap::new(),
        }
    }

    /// Notes what came of it once more, and how long that took.
    pub(super) fn note(&mut self, played: Played, record: &Record, took: Duration) {
        let ms = |time: Duration| time.as_millis() as u64;
        self.outcome = played.into();
        self.connected_ms = record.connected.map(ms);
        self.first_frame_ms = record.first_frame.map(ms);
        self.took_ms += ms(took);
        self.figures.clone_from(&record.figures);
    }

    /// The folder of its evidence below that of the run: `PEER/CASE-ROLE`.
    pub fn folder(&self) -> String {
        format!("{}/{}-{}", self.peer, self.case, self.role)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<18} {:<24} {:<10}", self.peer, self.case, self.role.to_string())?;
        write!(f, " {:<5} {:>5.1} s", self.outcome.word(), self.took_ms as f64 / 1000.0)?;
        if !self.outcome.text().is_empty() {
            write!(f, "  {}", self.outcome.text())?;
        }
        for (what, figure) in &self.figures {
            write!(f, "  {what}: {figure:.1}")?;
        }
        Ok(())
    }
}
