//! Whether a run repeats in another process.
//!
//! 1. Another process of this program runs the same scenario with the same seed and leaves its hash
//!    chain in a folder.
//! 2. The chains are compared. Where they differ first, both sides run again up to there and tell
//!    the events around it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lapwing_simnet::ChainLog;

use super::args::RunArgs;
use super::{SimError, store};

/// Events shown before and after the first that differs.
const CONTEXT: u64 = 3;

/// A folder that goes when it is dropped.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind in the system's folder for such things harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Compares a run with one of another process. `events` gives the text of some events of a run
/// here.
pub(super) fn verify(
    args: &RunArgs,
    seed: u64,
    chain: &ChainLog,
    events: impl FnOnce(Range<u64>) -> Result<Vec<String>, SimError> + Send,
) -> Result<(), SimError> {
    let name = format!("lapwing-verify-{}-{seed}", std::process::id());
    let scratch = Scratch(std::env::temp_dir().join(name));
    store::make(&scratch.0)?;
    let folder = scratch.0.display().to_string();
    // Unmet expectations end it with 1, as they do here; the chain says whether it ran.
    let point = args.point.map(|point| point.to_string());
    let mut same: Vec<&str> =
        args.sessions.iter().flat_map(|sessions| ["--sessions", sessions.name()]).collect();
    same.extend(point.iter().flat_map(|point| ["--point", point]));
    same.extend(args.changes.words());
    let kept = ["--json", "--no-pcap", "--out", &folder];
    let output = child(&args.scenario, seed, &[&kept[..], &same].concat())?;
    let second = second_chain(&scratch.0, &output)?;
    let Some(first) = chain.first_difference(&second) else {
        return Ok(());
    };
    let index = first as u64;
    let around = index.saturating_sub(CONTEXT)..index + CONTEXT + 1;
    let here = events(around.clone())?;
    let wanted = range(&around);
    let there = child(&args.scenario, seed, &[&["--events", &wanted][..], &same].concat())?;
    let there = String::from_utf8_lossy(&there.stdout).into_owned();
    let indent = |text: &str| text.lines().map(|line| format!("\n    {line}")).collect::<String>();
    Err(SimError::Diverged(format!(
        "event {index} of {} and {} differs\n  here:{}\n  in the other process:{}",
        chain.links.len(),
        second.links.len(),
        indent(&here.join("\n")),
        indent(&there),
    )))
}

fn range(events: &Range<u64>) -> String {
    format!("{}..{}", events.start, events.end)
}

fn second_chain(folder: &Path, output: &Output) -> Result<ChainLog, SimError> {
    store::chain(folder).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        SimError::Child(said)
    })
}

/// Runs this program's `sim run` in a process of its own.
pub(super) fn child(scenario: &str, seed: u64, more: &[&str]) -> Result<Output, SimError> {
    let failed = |error: std::io::Error| SimError::Child(error.to_string());
    let program = std::env::current_exe().map_err(failed)?;
    let seed = seed.to_string();
    Command::new(program)
        .args(["sim", "run", scenario, "--seed", &seed])
        .args(more)
        .output()
        .map_err(failed)
}
