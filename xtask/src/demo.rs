//! `cargo xtask demo`: from a fresh clone to a running demonstration.

use crate::needs::Purpose;
use crate::process::{cargo, shown};
use crate::setup;
use std::process::{ExitCode, Stdio};

/// Where the demonstration writes its report when the caller names no other folder.
const REPORT: &str = "target/demo";

/// Sets up, builds and runs `lapwing demo`; ends with its exit code.
pub(crate) fn command(arguments: &[String]) -> ExitCode {
    if !setup::run(&[Purpose::Build, Purpose::Peers]) {
        return ExitCode::FAILURE;
    }
    if !shown(&mut cargo(&["build", "--package", "lapwing"])) {
        return ExitCode::FAILURE;
    }
    let mut demo = cargo(&["run", "--quiet", "--package", "lapwing", "--", "demo"]);
    if !names_report(arguments) {
        demo.args(["--report", REPORT]);
    }
    demo.args(arguments).stdin(Stdio::inherit());
    match demo.status() {
        Ok(status) => {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            code.map_or(ExitCode::FAILURE, ExitCode::from)
        }
        Err(error) => {
            eprintln!("cannot start the demonstration: {error}");
            ExitCode::FAILURE
        }
    }
}

fn names_report(arguments: &[String]) -> bool {
    arguments.iter().any(|word| word == "--report" || word.starts_with("--report="))
}

#[cfg(test)]
mod tests {
    use super::names_report;

    #[test]
    fn a_report_folder_of_the_callers_own_is_seen() {
        assert!(names_report(&["--report".into(), "x".into()]));
        assert!(names_report(&["--report=x".into()]));
        assert!(!names_report(&["--seed".into(), "--reporter".into()]));
    }
}
