//! The simulator's suites against their committed tables, and its search for faults.
//!
//! 1. Optimised, all cases and seeds, and the sweep of RFC 8868: the tables are as committed, to
//!    the last link of every hash chain.
//! 2. As tests are built, a seed of each case: the same runs as the optimised build's.
//! 3. The first universes of the search, a minute of a call each, keep every invariant.

use crate::needs::Purpose;
use crate::process::{cargo, program, shown, target};
use crate::setup;
use crate::steps::Steps;
use std::num::NonZero;
use std::process::ExitCode;

/// Universes that each run of the checks plays: always the same.
const UNIVERSES: &str = "1000";

/// `cargo xtask laboratory`.
pub(crate) fn command(set_up: bool) -> ExitCode {
    let mut steps = Steps::default();
    if set_up {
        steps.run("set-up", |_| setup::run(&[Purpose::Build]));
    }
    run(&mut steps);
    steps.finish()
}

pub(crate) fn run(steps: &mut Steps) {
    let optimised = ["run", "--release", "--package", "lapwing-simnet", "--example", "board"];
    steps.run("suites, optimised", |_| shown(cargo(&optimised).args(["--", "--check"])));
    let sweep = ["run", "--release", "--package", "lapwing-simnet", "--example", "rfc8868"];
    steps.run("sweep of RFC 8868", |_| shown(cargo(&sweep).args(["--", "--check"])));
    steps.run("program, as tested", |_| shown(&mut cargo(&AS_TESTED)));
    steps.run("suites, as tested", |_| {
        shown(tested("examples/board").args(["--check", "--seeds", "1"]))
    });
    let search = ["run", "--release", "--package", "lapwing-simnet", "--example", "explore"];
    let jobs = std::thread::available_parallelism().map_or(1, NonZero::get).to_string();
    steps.run("search for faults", |_| {
        shown(cargo(&search).args(["--", UNIVERSES, "--jobs", &jobs]))
    });
}

/// Builds the program with what tests were built with: the features of the whole workspace, those
/// of dev-dependencies too, which cargo counts only because an example is among the targets.
/// Without, it would build dozens of crates again.
const AS_TESTED: [&str; 4] = ["build", "--workspace", "--example", "board"];

/// The program of [`AS_TESTED`]: `cargo run` knows only the features of a package.
fn tested(path: &str) -> std::process::Command {
    program(&target().join("debug").join(path).display().to_string())
}
