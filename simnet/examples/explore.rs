//! The search for faults without the rest of the program: universes, and files of those that fail.
//! It replaces the system, so that str0m's calls repeat too.
//!
//! ```text
//! cargo run --release -p lapwing-simnet --example explore -- 1000 --jobs 2
//! cargo run --release -p lapwing-simnet --example explore -- 200 --first 1000 --seed 7
//! cargo run --release -p lapwing-simnet --example explore -- 60 --helped
//! cargo run -p lapwing-simnet --example explore -- --file simnet/regress/probes-at-one-moment.toml
//! ```

mod processor;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use lapwing_simnet::explore::{
    Coverage, Invariant, Kind, Outcome, Played, Regression, Search, Universe, run,
};
use lapwing_system as system;

/// Runs that are spent on shrinking each failure.
const SHRINK_RUNS: u32 = 150;

/// Of the universes of seed 1 without servers, those that fail: the number, what fails, and why.
/// One that holds is told as well.
const KNOWN: [(u64, Invariant, &str); 3] = [
    (62, Invariant::Heals, "str0m's agent, at the one end, finds no path again within 10 s"),
    (492, Invariant::Heals, "str0m's agent, at both ends, finds no path again within 10 s"),
    (865, Invariant::SamePair, "str0m's agent keeps another pair than the one that the peer uses"),
];

/// Universes between two lines on the error output.
const TOLD_EVERY: usize = 50;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let kind = Kind::Alone;
    let mut plan = Search { seed: 1, first: 0, universes: 60, shrink_runs: SHRINK_RUNS, kind };
    let mut jobs = 1;
    let mut rest = words.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        if word == "--helped" {
            plan.kind = Kind::Helped;
            continue;
        }
        let value = if word.starts_with("--") { rest.next().unwrap_or_default() } else { word };
        if word == "--file" {
            return replay(value);
        }
        let Ok(number) = value.parse() else {
            eprintln!(
                "explore: {value} is no number; [N] [--helped] [--seed S] [--first N] [--jobs N] \
                 [--shrink N] [--file F]"
            );
            return ExitCode::from(2);
        };
        match word {
            "--seed" => plan.seed = number,
            "--first" => plan.first = number,
            "--shrink" => plan.shrink_runs = number as u32,
            "--jobs" => jobs = number.max(1),
            _ => plan.universes = number,
        }
    }
    system::replace();
    std::panic::set_hook(Box::new(|_| {}));
    tell(&plan, &explore(&plan, jobs))
}

/// Plays universes on several threads; gives them by their numbers.
fn explore(plan: &Search, jobs: u64) -> BTreeMap<u64, Played> {
    let (next, (sender, receiver)) = (AtomicU64::new(plan.first), mpsc::channel());
    let mut all = BTreeMap::new();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if !plan.numbers().contains(&number) {
                        return;
                    }
                    // What is known needs no shrinking.
                    let shrink_runs = known(plan, number).map_or(plan.shrink_runs, |_| 0);
                    let played = Search { shrink_runs, ..*plan }.play(number, judge);
                    sender.send(played).expect("all are waited for");
                }
            });
        }
        drop(sender);
        for played in receiver {
            all.insert(played.number, played);
            if all.len().is_multiple_of(TOLD_EVERY) {
                let seconds = processor::time().as_secs_f64();
                eprintln!("{} of {}: {seconds:.1} s", all.len(), plan.universes);
            }
        }
    });
    all
}

/// Prints what was found and what was reached.
fn tell(plan: &Search, all: &BTreeMap<u64, Played>) -> ExitCode {
    let mut coverage = Coverage::default();
    let (mut failures, mut idle_wakes, mut virtual_time) = (0, 0, Duration::ZERO);
    for Played { number, outcome, failure } in all.values() {
        coverage.add(&outcome.coverage);
        idle_wakes = idle_wakes.max(outcome.idle_wakes);
        virtual_time += Duration::from_nanos(outcome.ended.as_nanos());
        let seen = failure.as_ref().map(|failure| &failure.first_seen);
        let known = known(plan, *number);
        if let Some((_, invariant, why)) = known
            && seen.is_none_or(|seen| seen.invariant != *invariant)
        {
            failures += 1;
            println!("# universe {number} does not fail as it did ({why})");
        }
        if let Some(failure) = failure {
            let why = known.map_or("", |(_, _, why)| why);
            println!("# universe {number}: {} {why}", failure.first_seen);
            if known.is_some() {
                continue;
            }
            failures += 1;
            let file = Regression::new(failure.universe.clone(), &failure.violation);
            println!("{}", file.to_toml());
        }
    }
    print!("{coverage}");
    let (seconds, length) = (processor::time().as_secs_f64(), virtual_time.as_secs_f64());
    println!(
        "{} universes, {failures} failures, {seconds:.1} s for {length:.0} s; at most {idle_wakes} \
         wake-ups for nothing of an end in a second",
        all.len()
    );
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is known of a universe of this search.
fn known(plan: &Search, number: u64) -> Option<&'static (u64, Invariant, &'static str)> {
    let listed = plan.seed == 1 && plan.kind == Kind::Alone;
    KNOWN.iter().find(|(known, _, _)| listed && *known == number)
}

fn replay(file: &str) -> ExitCode {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let universe = Universe::parse(file, &text).expect("the file is a universe");
    system::replace();
    match judge(&universe).violation {
        Some(violation) => {
            println!("{violation}");
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    }
}

/// Plays a universe; a panic is a finding like any other.
fn judge(universe: &Universe) -> Outcome {
    let play = || system::on_fresh_thread(|| run(universe, None));
    catch_unwind(AssertUnwindSafe(play)).unwrap_or_else(|panic| Outcome::panicked(&*panic))
}
