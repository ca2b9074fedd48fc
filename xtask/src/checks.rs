//! The checks: what `test`, `ci`, `tidy` and `advisories` run.
//!
//! All of them compile in the `dev` profile with the features of the whole workspace, so that each
//! dependency is built once for running and once for reading (clippy and rustdoc share the second).

use crate::laboratory;
use crate::needs::Purpose;
use crate::process::{cargo, shown, target, watched};
use crate::python;
use crate::setup;
use crate::steps::Steps;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};

/// Names the file in which tests note which browsers they ran with, and why they could not run:
/// libtest has no words for either.
const TEST_NOTES: &str = "LAPWING_TEST_NOTES";

/// The step that builds and tests it.
const PYTHON: &str = "package for Python";

/// All that `cargo doc --workspace` documents, and an example: with one among the targets cargo
/// counts the features of dev-dependencies, and what clippy has read serves here. Without, dozens
/// of crates would be read again.
const DOC: [&str; 8] =
    ["doc", "--workspace", "--no-deps", "--lib", "--bin", "xtask", "--example", "board"];

/// Features of `lapwing-drivers` that somebody may want without the others, and none of them.
const DRIVER_FEATURES: [&str; 4] = ["", "mio", "smol", "tokio"];

/// `cargo xtask test`.
pub(crate) fn test(set_up: bool) -> ExitCode {
    let mut steps = Steps::default();
    if set_up {
        steps.run("set-up", |_| setup::run(&[Purpose::Build, Purpose::Peers]));
    }
    run_tests(&mut steps);
    steps.finish()
}

/// `cargo xtask ci`.
pub(crate) fn ci(set_up: bool) -> ExitCode {
    let mut steps = Steps::default();
    if set_up {
        let all = [Purpose::Build, Purpose::Peers, Purpose::Lints];
        steps.run("set-up", |_| setup::run(&all));
    }
    steps.run("lock file", |_| {
        shown(cargo(&["metadata", "--locked", "--format-version", "1"]).stdout(Stdio::null()))
    });
    steps.run("format", |_| shown(&mut cargo(&["fmt", "--all", "--", "--check"])));
    let deny = ["deny", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"];
    steps.run("licences and sources", |_| shown(&mut cargo(&deny)));
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    steps.run("clippy", |_| shown(&mut cargo(&clippy)));
    steps.run("drivers by feature", |_| DRIVER_FEATURES.into_iter().all(lint_driver));
    steps.run("docs", |_| shown(cargo(&DOC).env("RUSTDOCFLAGS", "-D warnings")));
    run_tests(&mut steps);
    laboratory::run(&mut steps);
    steps.finish()
}

/// `cargo xtask tidy`.
pub(crate) fn tidy() -> ExitCode {
    let words = ["test", "--quiet", "--package", "xtask", "--test", "it", "tidy"];
    // Faults name their place; the way to the assertion tells nothing more.
    if shown(cargo(&words).env("RUST_BACKTRACE", "0")) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// `cargo xtask python`.
pub(crate) fn package_for_python() -> ExitCode {
    let mut steps = Steps::default();
    let notes = test_notes();
    steps.run(PYTHON, |counts| python::test(counts, &notes));
    steps.read_notes(&std::fs::read_to_string(&notes).unwrap_or_default());
    steps.finish()
}

/// `cargo xtask advisories`. Apart from `ci` because its database lives in a git repository: a
/// machine that reaches crates.io only cannot fetch it, and a check that fails for want of a
/// network says nothing about the code.
pub(crate) fn advisories() -> ExitCode {
    if !setup::run(&[Purpose::Lints]) {
        return ExitCode::FAILURE;
    }
    let well = shown(&mut cargo(&["deny", "check", "advisories"]));
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Lints the drivers, their tests and examples with one feature only: a build of the workspace has
/// all of them, and would not see that one needs another.
fn lint_driver(feature: &str) -> bool {
    let only = ["clippy", "--package", "lapwing-drivers", "--all-targets", "--no-default-features"];
    shown(cargo(&only).args(["--features", feature, "--", "-D", "warnings"]))
}

fn run_tests(steps: &mut Steps) {
    let notes = test_notes();
    // Benches are among the targets: outside `cargo bench` criterion runs each of them once.
    let all = ["test", "--workspace", "--all-targets", "--no-fail-fast"];
    steps.run("build of the tests", |_| {
        shown(&mut cargo(&["test", "--workspace", "--all-targets", "--no-run"]))
    });
    steps.run("tests", |counts| {
        let before = counts.passed;
        let passed = watched(cargo(&all).env(TEST_NOTES, &notes), |line| counts.read(line));
        passed && some_ran(before, counts.passed)
    });
    let doc = ["test", "--workspace", "--doc", "--no-fail-fast"];
    steps.run("tests in the docs", |counts| watched(&mut cargo(&doc), |line| counts.read(line)));
    let wall = ["run", "--package", "lapwing", "--", "conformance", "run", "--fast"];
    steps.run("wall, quick part", |_| shown(cargo(&wall).env(TEST_NOTES, &notes)));
    // The oracle below the same seam: whatever holds of calls holds over both sessions.
    let over_str0m = [
        "test",
        "--package",
        "lapwing-engine",
        "--package",
        "lapwing-rooms",
        "--features",
        "lapwing-engine/over-str0m",
        "--lib",
        "--test",
        "it",
        "--no-fail-fast",
        // A negotiation alone has no session.
        "--",
        "--skip",
        "jsep::",
    ];
    steps.run("tests over str0m", |counts| {
        let before = counts.passed;
        watched(&mut cargo(&over_str0m), |line| counts.read(line))
            && some_ran(before, counts.passed)
    });
    steps.run(PYTHON, |counts| python::test(counts, &notes));
    steps.read_notes(&std::fs::read_to_string(&notes).unwrap_or_default());
}

/// A run in which no test ran has shown nothing, whatever its exit code.
fn some_ran(before: u64, after: u64) -> bool {
    let ran = after > before;
    if !ran {
        eprintln!("no test ran");
    }
    ran
}

/// An empty file for notes, in the target folder.
fn test_notes() -> PathBuf {
    let notes = target().join("test-notes.txt");
    // Absent is as good as empty; if it cannot be removed, old notes show up, which is loud and
    // harmless.
    let _ = std::fs::remove_file(&notes);
    notes
}
