//! Stored runs in folders: of which scenario they are, and which belong together.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use lapwing_simnet::run::Outcome;
use serde::Deserialize;

use super::super::compare::names;
use super::super::stored::{self, Summary};
use super::super::{SimError, store};

/// Folders below one that is named are looked through so deep: scenarios, and seeds in them.
const DEPTH_MAX: usize = 2;
/// Runs of a folder at most.
const RUNS_MAX: usize = 10_000;

/// The runs of a folder, by scenario.
pub(super) struct Stock {
    /// What tells it from others.
    pub(super) name: String,
    /// Folders of runs by the scenario's name, by seed.
    pub(super) scenarios: BTreeMap<String, Vec<PathBuf>>,
}

/// What a summary is of.
#[derive(Deserialize)]
struct Head {
    scenario: String,
    seed: u64,
    made: HeadMade,
}

#[derive(Deserialize)]
struct HeadMade {
    point: Option<usize>,
}

/// Looks for runs in folders, of which each has one at least.
pub(super) fn find(folders: &[PathBuf]) -> Result<Vec<Stock>, SimError> {
    let named = names(folders).into_iter().zip(folders);
    named.map(|(name, folder)| stock(name, folder)).collect()
}

fn stock(name: String, folder: &Path) -> Result<Stock, SimError> {
    let mut runs = Vec::new();
    look(folder, DEPTH_MAX, &mut runs)?;
    if runs.is_empty() {
        let text = format!("there is no {} in it, nor below", store::SUMMARY);
        return Err(fault(folder, &text));
    }
    let mut scenarios: BTreeMap<String, Vec<(u64, PathBuf)>> = BTreeMap::new();
    for run in runs {
        let head: Head = stored::read(&run.join(store::SUMMARY))?;
        // Combinations of a sweep are scenarios of their own.
        let scenario = match head.made.point {
            Some(point) => format!("{}-point-{point}", head.scenario),
            None => head.scenario,
        };
        scenarios.entry(scenario).or_default().push((head.seed, run));
    }
    let by_seed = |mut runs: Vec<(u64, PathBuf)>| {
        runs.sort();
        runs.into_iter().map(|(_, run)| run).collect()
    };
    let scenarios = scenarios.into_iter().map(|(name, runs)| (name, by_seed(runs)));
    Ok(Stock { name, scenarios: scenarios.collect() })
}

fn look(folder: &Path, depth: usize, runs: &mut Vec<PathBuf>) -> Result<(), SimError> {
    if folder.join(store::SUMMARY).exists() {
        runs.push(folder.to_owned());
        return match runs.len() > RUNS_MAX {
            true => Err(fault(folder, &format!("there are more than {RUNS_MAX} runs"))),
            false => Ok(()),
        };
    }
    if depth == 0 {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder);
    let entries = entries.map_err(|error| SimError::File(folder.to_owned(), error))?;
    let mut below: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect();
    below.sort();
    below.iter().try_for_each(|folder| look(folder, depth - 1, runs))
}

fn fault(folder: &Path, text: &str) -> SimError {
    SimError::File(folder.to_owned(), io::Error::new(io::ErrorKind::InvalidInput, text.to_owned()))
}

impl Stock {
    /// The runs of a scenario, by seed.
    pub(super) fn outcomes(&self, scenario: &str) -> Result<Vec<Outcome>, SimError> {
        let folders = self.scenarios.get(scenario).into_iter().flatten();
        folders.map(|folder| Summary::read(folder).map(|summary| summary.outcome)).collect()
    }
}
