//! The command, from arguments to tables.
//!
//! 1. Every combination is read: one that is no scenario is a fault before the first run.
//! 2. Runs that are there already, of the same scenario text, changes, program and seed, are kept.
//! 3. The others are made, each in a process of its own; a run is there when its `summary.json` is,
//!    which is written whole or not at all.
//! 4. All figures become `sweep.json`, and that the table, the page and the CSV files.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use lapwing_benches::lab::{Figure, sweep_table};
use lapwing_simnet::scenario::{Axis, Scenario};

use super::super::args::SweepArgs;
use super::super::find::Found;
use super::super::progress::Progress;
use super::super::stored::{self, Brief, Made};
use super::super::{SimError, find, pool, show, store};
use super::csv;
use super::table::{self, Failure, Parameter, Point, Run, Stored};
use super::task::Task;
use crate::numbers::Numbers;

/// Without a terminal, progress is told so many times.
const TOLD: usize = 10;

/// Runs a sweep, or what is missing of it.
pub(in super::super) fn sweep(args: &SweepArgs) -> Result<(), SimError> {
    let text = find::text(&args.scenario)?;
    let changes = args.changes.all();
    let found = Found { name: &args.scenario, text: &text, changes: &changes };
    let scenario = found.read()?;
    let points = wanted(args, &found, &scenario)?;
    let made = Made::of(&found.whole(), None)?;
    let seeds = args.seeds.as_ref().map_or(&scenario.meta.seeds[..], Numbers::values).to_vec();
    store::make(&args.out)?;
    let tasks = points.iter().flat_map(|point| {
        let point = *point;
        seeds.iter().map(move |&seed| Task { point, seed })
    });
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for task in tasks {
        match task.stored(&args.out, &made) {
            Some(brief) => done.push((task, brief)),
            None => left.push(task),
        }
    }
    let all = done.len() + left.len();
    if !done.is_empty() {
        show::tell(&format!("{} of {all} runs are there already", done.len()));
    }
    let mut failed = Vec::new();
    for (task, result) in make(args, &made, left) {
        match result {
            Ok(brief) => done.push((task, brief)),
            Err(error) => failed.push((task, error.to_string())),
        }
    }
    let axis = |axis: &Axis| Parameter { name: axis.to_string(), values: axis.values.clone() };
    let sweep = Stored {
        scenario: scenario.meta.name.clone(),
        made,
        seeds,
        axes: scenario.sweep.iter().map(axis).collect(),
        figures: args.figures.iter().map(|figure| figure.name().to_owned()).collect(),
        points: Vec::new(),
        runs: done.iter().map(|(task, brief)| run(task, brief)).collect(),
        failed: failed.into_iter().map(failure).collect(),
    };
    finish(args, sweep, all)
}

/// The combinations that are to be made, each of which was read.
fn wanted(
    args: &SweepArgs,
    found: &Found<'_>,
    scenario: &Scenario,
) -> Result<Vec<usize>, SimError> {
    let all = scenario.points();
    let points: Vec<usize> = match &args.point {
        None => (0..all).collect(),
        // What has no room in a number of this machine is none of its combinations.
        Some(points) => {
            let points = points.values().iter();
            points.map(|&point| usize::try_from(point).unwrap_or(usize::MAX)).collect()
        }
    };
    for &point in &points {
        found.point(scenario, point)?;
    }
    Ok(points)
}

/// Makes runs, with progress.
fn make(args: &SweepArgs, made: &Made, tasks: Vec<Task>) -> Vec<(Task, Result<Brief, SimError>)> {
    let (all, began) = (tasks.len(), Instant::now());
    let mut progress = Progress::new();
    let told = |done: usize, _: &Task, result: &Result<Brief, SimError>| {
        let text = pace(done, all, began.elapsed().as_secs_f64());
        progress.show(&text);
        if !progress.is_watched() && (done * TOLD / all > (done - 1) * TOLD / all) {
            show::tell(&text);
        }
        // The program cannot be started, or the scenario has gone: the others would fail alike.
        !(done == 1 && result.is_err())
    };
    let workers = args.jobs.map_or_else(pool::workers, usize::from);
    pool::each(tasks, workers, |task| task.run(args, made), told)
}

/// How far a sweep is: `12 of 60 runs, 0.5 a second, 96 s left`.
fn pace(done: usize, all: usize, seconds: f64) -> String {
    let rate = done as f64 / seconds.max(1e-3);
    let left = (all - done) as f64 / rate;
    let digits = if rate < 1.0 { 2 } else { 1 };
    format!("{done} of {all} runs, {rate:.digits$} a second, {left:.0} s left")
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

/// Writes all that is made of the runs, of which there should be so many, and says what came of it.
fn finish(args: &SweepArgs, mut sweep: Stored, wanted: usize) -> Result<(), SimError> {
    let (out, path) = (&args.out, args.out.join(table::TABLE));
    sweep.runs.sort_by_key(|run| (run.point, run.seed));
    sweep.points = points(&sweep, &path)?;
    let text = serde_json::to_string(&sweep).expect("a sweep can be written as JSON");
    stored::write_whole(&path, text.as_bytes())?;
    // From the file, as it would be drawn later.
    let sweep: Stored = stored::read(&path)?;
    table::draw(out, &sweep)?;
    csv::write_runs(out, &sweep)?;
    if args.no_series {
        csv::forget_series(out)?;
    } else {
        csv::write_series(out, &sweep)?;
    }
    if args.json {
        show::say(&text);
    } else {
        let figures = sweep.figures(&path)?;
        show::say(&sweep_table(&sweep.view(&path, &figures)?).to_string());
    }
    for Failure { point, seed, said } in &sweep.failed {
        show::tell(&format!("combination {point}, seed {seed}: {said}"));
    }
    show::tell(&store::size(out)?);
    match wanted - sweep.runs.len() {
        0 => Ok(()),
        missing => Err(SimError::RunsMissing(missing)),
    }
}

/// Figures over the seeds of each combination.
fn points(sweep: &Stored, path: &Path) -> Result<Vec<Point>, SimError> {
    let view = sweep.view(path, Figure::ALL)?;
    let point = |point: usize| {
        let (mut means, mut bands) = (BTreeMap::new(), BTreeMap::new());
        for (index, figure) in Figure::ALL.iter().enumerate() {
            let over = view.over_seeds(index, point);
            let band = over
                .and_then(|over| over.half_width.map(|half| (over.mean - half, over.mean + half)));
            means.insert(figure.name().to_owned(), over.map(|over| over.mean));
            bands.insert(figure.name().to_owned(), band);
        }
        Point { values: view.values(point), means, bands }
    };
    Ok((0..view.points()).map(point).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_told() {
        assert_eq!(pace(12, 60, 24.0), "12 of 60 runs, 0.50 a second, 96 s left");
        assert_eq!(pace(60, 60, 20.0), "60 of 60 runs, 3.0 a second, 0 s left");
    }
}
