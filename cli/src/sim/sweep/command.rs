//! The command, from arguments to tables.
//!
//! 1. Runs that are there already, of the same scenario text, program and seed, are kept.
//! 2. The others are made, each in a process of its own; a run is there when its `summary.json` is,
//!    which is written whole or not at all.
//! 3. All figures become `sweep.json`, and that the table and the page.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use lapwing_benches::lab::{Figure, sweep_table};

use super::super::args::SweepArgs;
use super::super::progress::Progress;
use super::super::stored::{self, Brief, Made};
use super::super::{SimError, find, pool, show, store};
use super::table::{self, Failure, Parameter, Point, Run, Stored};
use super::task::Task;
use crate::numbers::Numbers;

/// Without a terminal, progress is told so many times.
const TOLD: usize = 10;

/// Runs a sweep, or what is missing of it.
pub(in super::super) fn sweep(args: &SweepArgs) -> Result<(), SimError> {
    let text = find::text(&args.scenario)?;
    let scenario = find::parse(&args.scenario, &text)?;
    let made = Made::of(&text, None)?;
    let seeds = args.seeds.as_ref().map_or(&scenario.meta.seeds[..], Numbers::values).to_vec();
    store::make(&args.out)?;
    let points = scenario.points().count();
    let tasks = (0..points).flat_map(|point| seeds.iter().map(move |&seed| Task { point, seed }));
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for task in tasks {
        match task.stored(&args.out, &made) {
            Some(brief) => done.push((task, brief)),
            None => left.push(task),
        }
    }
    if !done.is_empty() {
        show::tell(&format!(
            "{} of {} runs are there already",
            done.len(),
            done.len() + left.len()
        ));
    }
    let mut failed = Vec::new();
    for (task, result) in make(args, &made, left) {
        match result {
            Ok(brief) => done.push((task, brief)),
            Err(error) => failed.push((task, error.to_string())),
        }
    }
    let axes = scenario
        .sweep
        .iter()
        .map(|axis| Parameter { name: table::name(axis), values: axis.values.clone() });
    let sweep = Stored {
        scenario: scenario.meta.name.clone(),
        made,
        seeds,
        axes: axes.collect(),
        figures: args.figures.iter().map(|figure| figure.name().to_owned()).collect(),
        points: Vec::new(),
        runs: done.iter().map(|(task, brief)| run(task, brief)).collect(),
        failed: failed.into_iter().map(failure).collect(),
    };
    finish(&args.out, sweep, args.json)
}

/// Makes runs, with progress.
fn make(args: &SweepArgs, made: &Made, tasks: Vec<Task>) -> Vec<(Task, Result<Brief, SimError>)> {
    let (all, began) = (tasks.len(), Instant::now());
    let mut progress = Progress::new();
    let told = |done: usize, _: &Task, result: &Result<Brief, SimError>| {
        let seconds = began.elapsed().as_secs_f64() / done as f64 * (all - done) as f64;
        progress.show(&format!("{done} of {all} runs, {seconds:.0} s to go"));
        if !progress.is_watched() && (done * TOLD / all > (done - 1) * TOLD / all) {
            show::tell(&format!("{done} of {all} runs"));
        }
        // The program cannot be started, or the scenario has gone: the others would fail alike.
        !(done == 1 && result.is_err())
    };
    let workers = args.jobs.map_or_else(pool::workers, usize::from);
    pool::each(tasks, workers, |task| task.run(&args.scenario, &args.out, made), told)
}

fn run(task: &Task, brief: &Brief) -> Run {
    let value = |figure: &Figure| (figure.name().to_owned(), figure.of(&brief.figures));
    Run {
        point: task.point,
        seed: task.seed,
        folder: task.folder().display().to_string(),
        figures: Figure::ALL.iter().map(value).collect(),
    }
}

fn failure((task, said): (Task, String)) -> Failure {
    Failure { point: task.point, seed: task.seed, said }
}

/// Writes table and page, and says what came of it.
fn finish(out: &Path, mut sweep: Stored, json: bool) -> Result<(), SimError> {
    sweep.runs.sort_by_key(|run| (run.point, run.seed));
    let view = sweep.view(&out.join(table::TABLE), Figure::ALL)?;
    sweep.points = (0..view.points())
        .map(|point| {
            let mean = |(index, figure): (usize, &Figure)| {
                let mean = view.over_seeds(index, point).map(|(_, mean, _)| mean);
                (figure.name().to_owned(), mean)
            };
            let means: BTreeMap<String, Option<f64>> =
                Figure::ALL.iter().enumerate().map(mean).collect();
            Point { values: view.values(point), means }
        })
        .collect();
    let text = serde_json::to_string(&sweep).expect("a sweep can be written as JSON");
    stored::write_whole(&out.join(table::TABLE), text.as_bytes())?;
    // From the file, as it would be drawn later.
    let sweep: Stored = stored::read(&out.join(table::TABLE))?;
    table::draw(out, &sweep)?;
    if json {
        show::say(&text);
    } else {
        let figures = sweep.figures(&out.join(table::TABLE))?;
        let view = sweep.view(&out.join(table::TABLE), &figures)?;
        show::say(&sweep_table(&view).to_string());
    }
    for Failure { point, seed, said } in &sweep.failed {
        show::tell(&format!("combination {point}, seed {seed}: {said}"));
    }
    match sweep.points.len() * sweep.seeds.len() - sweep.runs.len() {
        0 => Ok(()),
        missing => Err(SimError::RunsMissing(missing)),
    }
}
