//! `lapwing conformance run`.

use std::time::Duration;

use lapwing_conformance::cases::rows;
use lapwing_conformance::peer::{Manifest, Start};
use lapwing_conformance::wall::{
    Case, Cell, Expectations, Judged, Outcome, Plan, Progress, Results, RunError, Verdict,
    run as play,
};
use lapwing_conformance::{notes, skip};
use serde_json::json;

use super::{ConformanceError, RunArgs, scope};

/// Outcomes are kept whenever so many more are there.
const KEEP_EVERY: usize = 25;

/// Plays what was asked for.
pub(super) fn run(args: &RunArgs) -> Result<(), ConformanceError> {
    let expected = scope::expectations(&args.expectations)?;
    let manifests = args.scope.manifests()?;
    let subject = scope::find(&manifests, &args.subject)?;
    subject
        .installed()
        .map_err(|missing| ConformanceError::NotInstalled(subject.name.clone(), missing))?;
    let (peers, absent) = peers(args, &manifests)?;
    if !absent.is_empty() {
        eprintln!("not installed, see cargo xtask peers: {}", absent.join(", "));
    }
    let plan = Plan {
        subject,
        peers,
        cases: cases(args)?,
        expected: &expected,
        folder: &args.scope.out,
        workers: args.jobs.into(),
        seed: args.seed,
    };
    std::fs::create_dir_all(&args.scope.out)
        .map_err(|error| ConformanceError::File(args.scope.out.clone(), error))?;
    let mut tally = Tally::new(&expected, plan.cells(), args.json);
    let path = args.scope.results();
    // What another stack came to in Lapwing's place is no part of the wall.
    let is_wall = args.subject == "lapwing-mio";
    let mut results = if is_wall {
        Results::read(&path).map_err(ConformanceError::Results)?
    } else {
        Results::default()
    };
    let took = play(&plan, |progress| match progress {
        Progress::Column(name, column) => _ = results.columns.insert(name, column),
        Progress::Subject(column) => results.subject = column,
        Progress::Cell(cell) => {
            tally.count(&cell);
            results.put(cell);
            if is_wall && tally.done.is_multiple_of(KEEP_EVERY) {
                // A run that is broken off has shown something, too; the end tells of a file that
                // cannot be written.
                let _ = results.write(&path);
            }
        }
    });
    if let (true, Err(RunError::NoNetwork(why))) = (args.fast, &took) {
        skip::note("wall", why);
        return Ok(());
    }
    if is_wall {
        let names: Vec<&str> = manifests.iter().map(|manifest| &*manifest.name).collect();
        let cases: Vec<&str> = rows().iter().map(|(name, _)| *name).collect();
        results.keep(&names, &cases);
        results.write(&path).map_err(ConformanceError::Results)?;
    }
    let took = took.map_err(ConformanceError::Run)?;
    if args.fast {
        let with: Vec<&str> = plan.peers.iter().map(|peer| &*peer.name).collect();
        let (came, with, absent) = (tally.words(), with.join(", "), absent.join(", "));
        notes::wall(&format_args!("{came} with {with}; not installed: {absent}"));
    }
    tally.end(took)
}

/// The columns, and the names of those that are not installed.
fn peers<'a>(
    args: &RunArgs,
    manifests: &'a [Manifest],
) -> Result<(Vec<&'a Manifest>, Vec<&'a str>), ConformanceError> {
    if args.peer.is_empty() {
        let (mut there, absent): (Vec<_>, Vec<_>) =
            manifests.iter().partition(|manifest| manifest.installed().is_ok());
        // Browsers have the longest columns: begun first, they end with the others.
        there.sort_by_key(|manifest| !matches!(manifest.start, Start::Browser { .. }));
        return Ok((there, absent.iter().map(|manifest| &*manifest.name).collect()));
    }
    let named = args.peer.iter().map(|name| {
        let manifest = scope::find(manifests, name)?;
        match manifest.installed() {
            Ok(()) => Ok(manifest),
            Err(missing) => Err(ConformanceError::NotInstalled(name.clone(), missing)),
        }
    });
    Ok((named.collect::<Result<_, _>>()?, Vec::new()))
}

fn cases(args: &RunArgs) -> Result<Vec<(&'static str, &'static Case)>, ConformanceError> {
    if !args.case.is_empty() {
        return args.case.iter().map(|name| scope::case(name)).collect();
    }
    Ok(rows().into_iter().filter(|(_, case)| case.fast || !args.fast).collect())
}

/// Counts cells, and says how it goes.
struct Tally<'a> {
    expected: &'a Expectations,
    json: bool,
    all: usize,
    done: usize,
    words: [(&'static str, usize); 4],
    unexpected: Vec<Cell>,
}

impl<'a> Tally<'a> {
    fn new(expected: &'a Expectations, all: usize, json: bool) -> Self {
        let words = [("pass", 0), ("flake", 0), ("fail", 0), ("n/a", 0)];
        Tally { expected, json, all, done: 0, words, unexpected: Vec::new() }
    }

    fn count(&mut self, cell: &Cell) {
        self.done += 1;
        let word = cell.outcome.word();
        self.words.iter_mut().filter(|(name, _)| *name == word).for_each(|(_, count)| *count += 1);
        let Judged { verdict, .. } = self.expected.judge(cell);
        let surprise = match verdict {
            Verdict::Good => "",
            Verdict::Known => "  (known)",
            Verdict::Unexpected => "  UNEXPECTED",
            Verdict::UnexpectedPass => "  PASSES, and is listed as failing",
        };
        if matches!(verdict, Verdict::Unexpected | Verdict::UnexpectedPass) {
            self.unexpected.push(cell.clone());
        }
        if self.json {
            println!("{}", json!(cell));
        } else {
            println!("{:>4}/{} {cell}{surprise}", self.done, self.all);
        }
    }

    fn words(&self) -> String {
        self.words.map(|(word, count)| format!("{count} {word}")).join(", ")
    }

    fn end(self, took: Duration) -> Result<(), ConformanceError> {
        eprintln!("{} cells in {:.0} s: {}", self.done, took.as_secs_f64(), self.words());
        for cell in &self.unexpected {
            let what = match cell.outcome {
                Outcome::Passed => "passes, and is listed as failing: take it off the list",
                _ => "failed; evidence is in the folder of this name",
            };
            eprintln!("UNEXPECTED {}: {what}", cell.folder());
        }
        match self.unexpected.len() {
            0 => Ok(()),
            count => Err(ConformanceError::Unexpected(count)),
        }
    }
}
