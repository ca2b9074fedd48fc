//! Suites of scenarios, run in one process: their tables, and whether they are the committed ones.
//!
//! ```text
//! # The table of a suite, and the time it took:
//! cargo run --release -p lapwing-simnet --example board -- rfc8867
//! # All tables, into simnet/snapshots:
//! cargo run --release -p lapwing-simnet --example board -- --write
//! # Whether they are as committed:
//! cargo run --release -p lapwing-simnet --example board -- --check
//! # Those of calls that str0m carries:
//! cargo run --release -p lapwing-simnet --example board -- --check --sessions str0m
//! # The same with one seed, in another build:
//! cargo run -p lapwing-simnet --example board -- --check --seeds 1
//! # The committed tables of our session beside those of str0m's, and where ours is worse:
//! cargo run --release -p lapwing-simnet --example board -- --compare
//! # Scenarios whose names have this in them:
//! cargo run --release -p lapwing-simnet --example board -- --sessions own --only 5.6 rfc8867
//! ```
//!
//! Each packet's time on each link of a run is held against arithmetic of its own
//! ([`lapwing_simnet::run::Arrivals`]): one that is wrong ends the whole.
//!
//! A row has the chain of its run, so a table is the same only if every event of every run is, to
//! the byte.

mod processor;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use lapwing_engine::SessionKind;
use lapwing_simnet::run::{Arrivals, Outcome, Run, RunOptions};
use lapwing_simnet::suite::{
    Board, Compared, Suite, SuiteCase, compare, compared_markdown, known_failures,
};
use lapwing_simnet::{Clock, Sessions};
use lapwing_system as system;

/// The most seeds that a table has.
const SEEDS_MAX: u64 = 5;

/// What carries the calls of the tables.
const COMMITTED: [Sessions; 2] =
    [Sessions([SessionKind::Own; 2]), Sessions([SessionKind::Str0m; 2])];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Print,
    Write,
    Check,
    Compare,
}

struct Wishes {
    mode: Mode,
    seeds: u64,
    sessions: Vec<Sessions>,
    suites: Vec<Suite>,
    only: String,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wishes = match parse(&words) {
        Ok(wishes) => wishes,
        Err(error) => {
            eprintln!(
                "board: {error}; it takes [--check | --write | --compare] [--seeds N] [--sessions NAME] \
                 [--only TEXT] [rfc8867] [rfc8869] [webrtc] [channels]"
            );
            return ExitCode::from(2);
        }
    };
    if wishes.mode == Mode::Compare {
        print_compared(&wishes.suites);
        return ExitCode::SUCCESS;
    }
    system::replace();
    let mut same = true;
    for suite in &wishes.suites {
        for sessions in &wishes.sessions {
            same &= one(*suite, *sessions, &wishes);
        }
    }
    if same { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(words: &[String]) -> Result<Wishes, String> {
    let mut wishes = Wishes {
        mode: Mode::Print,
        seeds: SEEDS_MAX,
        sessions: Vec::new(),
        suites: Vec::new(),
        only: String::new(),
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--check" => wishes.mode = Mode::Check,
            "--write" => wishes.mode = Mode::Write,
            "--compare" => wishes.mode = Mode::Compare,
            "--seeds" => {
                let number = words.next().and_then(|number| number.parse().ok());
                let number = number.filter(|seeds| (1..=SEEDS_MAX).contains(seeds));
                wishes.seeds = number.ok_or(format!("--seeds wants 1 to {SEEDS_MAX}"))?;
            }
            "--sessions" => {
                wishes.sessions.push(words.next().ok_or("--sessions wants a name")?.parse()?)
            }
            "--only" => wishes.only = words.next().cloned().ok_or("--only wants a text")?,
            name => wishes.suites.push(name.parse()?),
        }
    }
    if wishes.suites.is_empty() {
        wishes.suites = Suite::ALL.to_vec();
    }
    if wishes.sessions.is_empty() {
        wishes.sessions = COMMITTED.to_vec();
    }
    if wishes.mode != Mode::Print && !wishes.only.is_empty() {
        return Err("the committed tables are of all scenarios".to_owned());
    }
    Ok(wishes)
}

/// Runs a suite; false if its table is not the committed one.
fn one(suite: Suite, sessions: Sessions, wishes: &Wishes) -> bool {
    let before = processor::time();
    let seeds = wishes.seeds.min(suite.seeds());
    let mut cases = suite.cases(sessions, &(1..=seeds).collect::<Vec<_>>());
    cases.retain(|case| case.scenario.name.contains(&wishes.only));
    let outcomes = outcomes(&cases);
    let seconds = (processor::time() - before).as_secs_f64();
    let calls: f64 = outcomes.iter().map(|o| o.duration_s * o.figures.flows.len() as f64).sum();
    let known = known_failures(None).expect("the crate's list is right");
    let board = Board::new(suite, sessions, outcomes);
    let table = board.to_markdown(&known);
    let speed = calls / seconds;
    eprintln!("{suite}, {sessions}: {seconds:.1} s of processor, {speed:.0} call seconds a second");
    let file = snapshot(suite, sessions);
    match wishes.mode {
        Mode::Print | Mode::Compare => {
            println!("{table}");
            true
        }
        Mode::Write => {
            std::fs::write(&file, table).expect("the folder is in the repository");
            println!("{}", file.display());
            true
        }
        Mode::Check if seeds < suite.seeds() => check(&file, &table, false),
        Mode::Check => {
            let unknown = board.judge(&known).into_iter().filter(|judgement| !judgement.as_known());
            let unknown: Vec<_> = unknown.map(|j| format!("{} {}", j.scenario, j.expect)).collect();
            for expectation in &unknown {
                println!("not as simnet/expectations.toml says: {expectation}");
            }
            check(&file, &table, true) && unknown.is_empty()
        }
    }
}

/// The committed tables of the sessions beside each other.
fn print_compared(suites: &[Suite]) {
    let read = |suite: &Suite, sessions| {
        std::fs::read_to_string(snapshot(*suite, sessions)).expect("the tables are committed")
    };
    // Of long calls: those of channels have other columns, and those of webrtc other ends.
    let rows: Vec<Compared> = suites
        .iter()
        .filter(|suite| matches!(suite, Suite::Rfc8867 | Suite::Rfc8869))
        .flat_map(|suite| {
            let [ours, theirs] = COMMITTED.map(|sessions| read(suite, sessions));
            compare(&ours, &theirs).expect("the tables are right")
        })
        .collect();
    print!("{}", compared_markdown(&rows));
}

/// Every line, or with some of the seeds every row of a run, is committed.
fn check(file: &Path, table: &str, whole: bool) -> bool {
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    if whole && committed == table {
        println!("{}: as committed", file.display());
        return true;
    }
    // The first table is that of the runs, below a title and two lines of headings.
    let rows = table.split("\n\n").nth(1).unwrap_or_default().lines().skip(2);
    let wanted: Vec<&str> = if whole { table.lines().collect() } else { rows.collect() };
    let missing: Vec<&str> =
        wanted.iter().copied().filter(|row| !committed.lines().any(|line| line == *row)).collect();
    for row in &missing {
        println!("{}: not committed: {row}", file.display());
    }
    if !whole {
        println!("{}: {} of {} rows", file.display(), wanted.len() - missing.len(), wanted.len());
    }
    !whole && missing.is_empty()
}

fn snapshot(suite: Suite, sessions: Sessions) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    folder.join(sessions.name()).join(format!("{suite}.md"))
}

/// Runs the cases, a worker for each core; every run on a thread of its own.
fn outcomes(cases: &[SuiteCase]) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = system::on_fresh_thread(|| run_case(case));
            eprintln!("{} seed {}: {:016x}", outcome.scenario, outcome.seed, outcome.chain);
            done.push(outcome);
        }
        done
    };
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let done = workers.into_iter().map(|worker| worker.join().expect("a run does not panic"));
        done.flatten().collect()
    })
}

fn run_case(case: &SuiteCase) -> Outcome {
    let options = RunOptions { system_repeats: true, ..RunOptions::default() };
    let run = Run::with_options(&case.scenario(), case.seed, Clock::arbitrary(), options);
    let mut run = run.expect("the crate's own can be built");
    let arrivals = Arrivals::of(&run);
    run.sim().watch(arrivals);
    while run.step() {}
    let arrivals = run.sim().watcher::<Arrivals>().expect("it watches");
    let (wrong, judged) = (arrivals.wrong(), arrivals.judged());
    for fault in arrivals.faults() {
        eprintln!("{} seed {}: {fault}", case.scenario.name, case.seed);
    }
    assert_eq!(wrong, 0, "of {judged} packets of {}", case.scenario.name);
    run.outcome().expect("its references can be built")
}
