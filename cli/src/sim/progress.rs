//! How far a run is, where someone watches.

use std::io::{IsTerminal, Write, stderr};

/// A line at the terminal that is written again and again; nothing where there is none.
pub(super) struct Progress {
    watched: bool,
    width: usize,
}

impl Progress {
    pub(super) fn new() -> Self {
        Progress { watched: stderr().is_terminal(), width: 0 }
    }

    /// Whether anyone sees it.
    pub(super) fn is_watched(&self) -> bool {
        self.watched
    }

    /// Replaces the line.
    pub(super) fn show(&mut self, text: &str) {
        if self.watched {
            // A terminal that is gone is no reason to stop.
            let _ = write!(stderr(), "\r{text:<width$}", width = self.width);
            self.width = text.chars().count();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.watched {
            // As above: back to the start of an empty line.
            let _ = write!(stderr(), "\r{:width$}\r", "", width = self.width);
        }
    }
}
