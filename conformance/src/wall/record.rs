//! What was said in a case, kept for who wants to know why it failed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::Side;

/// Lines kept of a case; what comes after is counted.
const LINES_MAX: usize = 20_000;

/// Everything that went to and came from the ends of a case, and its descriptions.
#[derive(Debug, Default)]
pub struct Record {
    lines: String,
    kept: usize,
    dropped: usize,
    descriptions: Vec<(String, String)>,
    /// When both ends were connected.
    pub connected: Option<Duration>,
    /// When the first picture was read.
    pub first_frame: Option<Duration>,
    /// What was measured, by what it is and its unit.
    pub figures: BTreeMap<String, f64>,
    /// What both ends' statistics said last.
    pub stats: [Option<Value>; 2],
}

impl Record {
    /// Notes a message; `way` is "request", "reply", "event" or "error".
    pub(super) fn line(&mut self, at: Duration, side: Side, way: &str, what: &Value) {
        if self.kept == LINES_MAX {
            self.dropped += 1;
            return;
        }
        self.kept += 1;
        let line = json!({ "ms": at.as_millis() as u64, "side": side, way: what });
        writeln!(self.lines, "{line}").expect("a string takes what is written");
    }

    /// Keeps a description under a name such as "1-offer-subject".
    pub(super) fn description(&mut self, side: Side, kind: &str, sdp: &str) {
        let name = format!("{}-{kind}-{side}.sdp", self.descriptions.len() + 1);
        self.descriptions.push((name, sdp.to_owned()));
    }

    /// The lines of JSON, and how many did not fit.
    pub fn lines(&self) -> String {
        match self.dropped {
            0 => self.lines.clone(),
            more => format!("{}{}\n", self.lines, json!({ "more": more })),
        }
    }

    /// Names of files and the descriptions for them.
    pub fn descriptions(&self) -> &[(String, String)] {
        &self.descriptions
    }
}
