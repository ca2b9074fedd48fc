//! The commands, from arguments to files.
//!
//! 1. Runs that are there already, of the same scenario text, program and seed, are kept.
//! 2. The others are made, each in a process of its own.
//! 3. Figures, tables and the README are drawn from what is stored.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use super::super::progress::Progress;
use super::super::stored::Made;
use super::super::{SimError, find, pool, show, store, stored};
use super::args::{FiguresArgs, PaperArgs};
use super::draw::draw;
use super::task::{Of, RUNS, Task};
use super::{readme, stock};

/// Figures and tables, below the folder of a report.
const FIGURES: &str = "figures";
/// What the folder holds.
const README: &str = "README.md";

/// Draws figures of stored runs.
pub(in super::super) fn draw_stored(args: &FiguresArgs) -> Result<(), SimError> {
    let stocks = stock::find(&args.folders)?;
    let drawing = draw(&stocks, &args.out, &args.draw)?;
    for file in drawing.figures.iter().flat_map(|drawn| &drawn.files) {
        show::say(&args.out.join(file).display().to_string());
    }
    Ok(())
}

/// Makes the runs of a report, and the report.
pub(in super::super) fn paper(args: &PaperArgs) -> Result<(), SimError> {
    let scenarios = scenarios(args)?;
    store::make(&args.out)?;
    let mut sessions = args.sessions.clone();
    sessions.dedup();
    make(args, &scenarios)?;
    // Only what this command is of: the folder may hold runs of an earlier one.
    let folders: Vec<PathBuf> =
        sessions.iter().map(|sessions| args.out.join(RUNS).join(sessions.name())).collect();
    let mut stocks = stock::find(&folders)?;
    for stock in &mut stocks {
        stock.scenarios.retain(|name, _| scenarios.iter().any(|of| of.name == *name));
        for (name, runs) in &mut stock.scenarios {
            let wanted = scenarios.iter().filter(|of| of.name == *name).flat_map(|of| &of.seeds);
            let wanted: BTreeSet<String> = wanted.map(|seed| format!("seed-{seed}")).collect();
            runs.retain(|run| {
                run.file_name().is_some_and(|name| wanted.contains(&*name.to_string_lossy()))
            });
        }
    }
    let figures = args.out.join(FIGURES);
    let drawing = draw(&stocks, &figures, &args.draw)?;
    let text = readme::text(args, &scenarios, &drawing);
    stored::write_whole(&args.out.join(README), text.as_bytes())?;
    show::say(&args.out.join(README).display().to_string());
    Ok(())
}

/// The scenarios with their seeds; no two of one name.
fn scenarios(args: &PaperArgs) -> Result<Vec<Of>, SimError> {
    let mut all: Vec<Of> = Vec::new();
    for word in &args.scenarios {
        let text = find::text(word)?;
        let scenario = find::Found { name: word, text: &text, changes: &[] }.read()?;
        let (name, made) = (scenario.meta.name.clone(), Made::of(&text, None)?);
        if all.iter().any(|other| other.name == name) {
            let text = format!("another of the scenarios is named {name:?} too");
            let error = io::Error::new(io::ErrorKind::InvalidInput, text);
            return Err(SimError::File(word.into(), error));
        }
        let seeds = match &args.seeds {
            Some(seeds) => seeds.values().to_vec(),
            None => scenario.meta.seeds.clone(),
        };
        all.push(Of { word: word.clone(), name, made, seeds });
    }
    Ok(all)
}

/// Makes the runs that are not there.
fn make(args: &PaperArgs, scenarios: &[Of]) -> Result<(), SimError> {
    let mut tasks: Vec<Task<'_>> = Vec::new();
    let mut there = 0;
    for of in scenarios {
        for (sessions, seed) in
            args.sessions.iter().flat_map(|one| of.seeds.iter().map(move |seed| (*one, *seed)))
        {
            let task = Task { of, sessions, seed };
            match task.is_there(&args.out) {
                true => there += 1,
                false => tasks.push(task),
            }
        }
    }
    let all = tasks.len();
    if there > 0 {
        show::tell(&format!("{there} of {} runs are there already", there + all));
    }
    let mut progress = Progress::new();
    let told = |done: usize, task: &Task<'_>, result: &Result<(), SimError>| {
        progress.show(&format!("{done} of {all} runs: {}", task.of.name));
        // The program cannot be started, or the scenario has gone: the others would fail alike.
        !(done == 1 && result.is_err())
    };
    let workers = args.jobs.map_or_else(pool::workers, usize::from);
    let done = pool::each(tasks, workers, |task| task.run(&args.out), told);
    drop(progress);
    let made = done.iter().filter(|(_, result)| result.is_ok()).count();
    for error in done.iter().filter_map(|(_, result)| result.as_ref().err()) {
        show::tell(&error.to_string());
    }
    match all - made {
        0 => Ok(()),
        missing => Err(SimError::RunsMissing(missing)),
    }
}
