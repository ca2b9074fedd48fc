//! Suites of scenarios, run in one process: their tables, and whether they are the committed ones.
//!
//! ```text
//! # The table of a suite, and the time it took:
//! cargo run --release -p lapwing-simnet --example board -- rfc8867
//! # All tables, into simnet/snapshots:
//! cargo run --release -p lapwing-simnet --example board -- --write
//! # Whether they are as committed:
//! cargo run --release -p lapwing-simnet --example board -- --check
//! # The same with one seed, in another build:
//! cargo run -p lapwing-simnet --example board -- --check --seeds 1
//! ```
//!
//! A row has the chain of its run, so a table is the same only if every event of every run is, to
//! the byte.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lapwing_simnet::run::{Outcome, run};
use lapwing_simnet::scenario::Scenario;
use lapwing_simnet::suite::{Board, Suite, SuiteCase, known_failures};
use lapwing_simnet::system;
use nix::sys::resource::{UsageWho, getrusage};

/// Seeds of each scenario in the tables.
const SEEDS: u64 = 5;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Print,
    Write,
    Check,
}

struct Wishes {
    mode: Mode,
    seeds: u64,
    suites: Vec<Suite>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wishes = match parse(&words) {
        Ok(wishes) => wishes,
        Err(error) => {
            eprintln!(
                "board: {error}; it takes [--check | --write] [--seeds N] [rfc8867] [rfc8869]"
            );
            return ExitCode::from(2);
        }
    };
    system::replace();
    let same: Vec<bool> = wishes.suites.iter().map(|suite| one(*suite, &wishes)).collect();
    if same.iter().all(|same| *same) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(words: &[String]) -> Result<Wishes, String> {
    let mut wishes = Wishes { mode: Mode::Print, seeds: SEEDS, suites: Vec::new() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--check" => wishes.mode = Mode::Check,
            "--write" => wishes.mode = Mode::Write,
            "--seeds" => {
                let number = words.next().and_then(|number| number.parse().ok());
                let number = number.filter(|seeds| (1..=SEEDS).contains(seeds));
                wishes.seeds = number.ok_or(format!("--seeds wants 1 to {SEEDS}"))?;
            }
            name => wishes.suites.push(name.parse()?),
        }
    }
    if wishes.suites.is_empty() {
        wishes.suites = Suite::ALL.to_vec();
    }
    Ok(wishes)
}

/// Runs a suite; false if its table is not the committed one.
fn one(suite: Suite, wishes: &Wishes) -> bool {
    let before = processor_time();
    let outcomes = outcomes(&suite.cases(wishes.seeds));
    let seconds = (processor_time() - before).as_secs_f64();
    let calls: f64 = outcomes.iter().map(|o| o.duration_s * o.figures.flows.len() as f64).sum();
    let known = known_failures(None).expect("the crate's list is right");
    let board = Board::new(suite, outcomes);
    let table = board.to_markdown(&known);
    let speed = calls / seconds;
    eprintln!("{suite}: {seconds:.1} s of processor, {speed:.0} call seconds a second");
    let file = snapshot(suite);
    match wishes.mode {
        Mode::Print => {
            println!("{table}");
            true
        }
        Mode::Write => {
            std::fs::write(&file, table).expect("the folder is in the repository");
            println!("{}", file.display());
            true
        }
        Mode::Check if wishes.seeds < SEEDS => check(&file, &table, false),
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

fn snapshot(suite: Suite) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(format!("{suite}.md"))
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
    let found = case.scenario;
    let scenario = Scenario::parse(found.name, found.text).expect("the crate's own are right");
    run(&scenario, case.seed).expect("the crate's own can be built")
}

/// Of all threads so far. The replaced clock tells nothing.
fn processor_time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system tells it");
    let of = |time: nix::sys::time::TimeVal| {
        Duration::from_micros((time.tv_sec() * 1_000_000 + time.tv_usec()) as u64)
    };
    of(usage.user_time()) + of(usage.system_time())
}
