//! How a test says that this machine lacks what it needs.
//!
//! libtest knows no skipping at run time: a test that returns early counts as passed. So a skipped test says so twice, on standard
//! error past libtest's capture, and in a file that `cargo xtask test` reads and prints below its table.

use std::fmt::Display;
use std::io::Write;

/// The environment variable that names the file for reasons. Without it, standard error alone is told.
pub const LOG_VARIABLE: &str = "LAPWING_SKIP_LOG";

/// Notes that `test` was skipped, and why.
pub fn note(test: &str, reason: &impl Display) {
    let line = format!("{test}: {reason}\n");
    // What cannot be told to a closed standard error stands in the file, and the other way round.
    let _ = std::io::stderr().lock().write_all(format!("SKIPPED {line}").as_bytes());
    if let Some(path) = std::env::var_os(LOG_VARIABLE) {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}
