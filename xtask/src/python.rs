//! The package for Python: built, installed into an environment of its own, and tested.
//!
//! 1. The environment is made, with what builds the package and what tests it. Where that cannot be
//!    had, nothing is shown, and a note says so.
//! 2. pip builds the package as tests are built, not optimised, and installs it.
//! 3. Its tests run. Their last line is in cargo's words, so that they are counted.

use crate::process::{program, shown, succeeds, target, watched};
use crate::steps::Counts;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The package.
const PACKAGE: &str = "bindings/python";
/// What pip is to do without: questions, and advice.
const QUIETLY: [&str; 5] = ["-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"];
/// What builds the package, what it needs, and what tests it.
const NEEDED: [&str; 5] = ["install", "maturin>=1.9.4,<2", "numpy", "pandas", "pytest"];
/// The environment has what builds it; its dependencies are there too.
const INSTALL: [&str; 6] = [
    "install",
    "--no-build-isolation",
    "--no-deps",
    "--force-reinstall",
    "--config-settings=build-args=--profile=dev",
    PACKAGE,
];

/// Builds, installs and tests; a reason why it cannot be goes to `notes`.
pub(crate) fn test(counts: &mut Counts, notes: &Path) -> bool {
    let python = match environment() {
        Ok(python) => python,
        Err(why) => {
            skip(why, notes);
            return true;
        }
    };
    if !shown(pip(&python).args(INSTALL)) {
        return false;
    }
    let before = counts.passed;
    let words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", PACKAGE];
    watched(program(&python).args(words), |line| counts.read(line)) && counts.passed > before
}

/// The interpreter of an environment that has all that is needed, or why there is none.
fn environment() -> Result<String, &'static str> {
    let folder = target().join("python");
    let python: PathBuf = folder.join("bin").join("python");
    if !succeeds(program(&python.display().to_string()).arg("--version"))
        && !shown(program("python3").args(["-m", "venv"]).arg(&folder))
    {
        return Err("python3 cannot make an environment");
    }
    let python = python.display().to_string();
    match shown(pip(&python).args(NEEDED)) {
        true => Ok(python),
        false => Err("pip cannot install what builds and tests it"),
    }
}

/// pip, which finds maturin beside the interpreter.
fn pip(python: &str) -> std::process::Command {
    let beside = Path::new(python).parent().map(Path::to_path_buf);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = beside.into_iter().chain(std::env::split_paths(&path));
    let mut command = program(python);
    command.env("PATH", std::env::join_paths(folders).unwrap_or(path.clone())).args(QUIETLY);
    command
}

fn skip(why: &str, notes: &Path) {
    eprintln!("skipped: {why}");
    let note = OpenOptions::new().create(true).append(true).open(notes);
    if let Err(error) =
        note.and_then(|mut file| writeln!(file, "SKIPPED package for Python: {why}"))
    {
        eprintln!("{}: {error}", notes.display());
    }
}
