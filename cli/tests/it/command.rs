//! The program run to its end, and what it says.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

/// `lapwing` with these arguments.
pub(crate) fn lapwing<S: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = S>,
) -> Result<Output, std::io::Error> {
    Command::new(env!("CARGO_BIN_EXE_lapwing")).args(arguments).output()
}

/// `lapwing sim` with these arguments.
pub(crate) fn sim<const N: usize>(arguments: [&str; N]) -> Result<Output, std::io::Error> {
    lapwing(["sim"].into_iter().chain(arguments))
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

/// What it said on standard error.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
