//! What a test has to tell beside passing and failing.
//!
//! libtest has no words for it. So each note is written twice: on standard error, past libtest's
//! capture, and into a file that `cargo xtask test` reads and prints below its table.

use std::fmt::Display;
use std::io::Write;

/// The environment variable that names the file. Without it, standard error alone is told.
pub const LOG_VARIABLE: &str = "LAPWING_TEST_NOTES";

/// Tells what a part of the wall was run with, and what came of it.
pub fn wall(text: &impl Display) {
    tell("WALL", text);
}

/// Writes a line: what kind of note it is, in capitals, and its text.
pub(crate) fn tell(kind: &str, text: &impl Display) {
    let line = format!("{kind} {text}\n");
    // What cannot be told to a closed standard error stands in the file, and the other way round.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os(LOG_VARIABLE) {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}
