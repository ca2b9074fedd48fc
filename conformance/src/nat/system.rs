//! Programs of the system.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::NatError;
use crate::programs::find_program;

/// Where a program is.
pub(super) fn find(name: &'static str, package: &'static str) -> Result<PathBuf, NatError> {
    find_program(&[name]).ok_or(NatError::Missing(name, package))
}

/// Runs a program to its end with this text as its input, and gives what it prints.
pub(super) fn run(mut command: Command, input: &str) -> Result<Vec<u8>, NatError> {
    let what = command.get_program().to_string_lossy().into_owned();
    let failed = |words: String| NatError::Failed(what.clone(), words);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().map_err(|error| failed(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that ends without reading says why itself.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}
