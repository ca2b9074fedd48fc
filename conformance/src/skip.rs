//! How a test says that this machine lacks what it needs.
//!
//! libtest knows no skipping at run time: a test that returns early counts as passed. So a skipped
//! test leaves a note, which `cargo xtask test` prints and counts.

use crate::notes;
use std::fmt::Display;

/// Notes that `test` was skipped, and why.
pub fn note(test: &str, reason: &impl Display) {
    notes::tell("SKIPPED", &format_args!("{test}: {reason}"));
}
