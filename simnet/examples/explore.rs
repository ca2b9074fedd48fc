//! The search for faults without the rest of the program: universes, and files of those that fail.
//!
//! ```text
//! cargo run -p lapwing-simnet --example explore -- 60
//! cargo run -p lapwing-simnet --example explore -- 200 --first 1000 --seed 7
//! cargo run -p lapwing-simnet --example explore -- 60 --helped
//! cargo run -p lapwing-simnet --example explore -- --file simnet/regress/probes-at-one-moment.toml
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Duration;

use lapwing_simnet::Time;
use lapwing_simnet::explore::{Failure, Invariant, Kind, Regression, Search, Universe, Violation};
use lapwing_simnet::explore::{run, search};
use lapwing_system as system;
use nix::sys::resource::{UsageWho, getrusage};

/// Runs that are spent on shrinking each failure.
const SHRINK_RUNS: u32 = 150;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let kind = Kind::Alone;
    let mut plan = Search { seed: 1, first: 0, universes: 60, shrink_runs: SHRINK_RUNS, kind };
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
                "explore: {value} is no number; [N] [--helped] [--seed S] [--first N] [--shrink N] \
                 [--file F]"
            );
            return ExitCode::from(2);
        };
        match word {
            "--seed" => plan.seed = number,
            "--first" => plan.first = number,
            "--shrink" => plan.shrink_runs = number as u32,
            _ => plan.universes = number,
        }
    }
    system::replace();
    std::panic::set_hook(Box::new(|_| {}));
    let before = processor_time();
    let failures = search(&plan, judge, |number, failure| tell(number, before, failure));
    let seconds = (processor_time() - before).as_secs_f64();
    println!("{} universes, {} failures, {seconds:.1} s", plan.universes, failures.len());
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn replay(file: &str) -> ExitCode {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let universe = Universe::parse(file, &text).expect("the file is a universe");
    system::replace();
    match judge(&universe) {
        Some(violation) => {
            println!("{violation}");
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    }
}

/// Plays a universe; a panic is a finding like any other.
fn judge(universe: &Universe) -> Option<Violation> {
    let play = || system::on_fresh_thread(|| run(universe, None));
    match catch_unwind(AssertUnwindSafe(play)) {
        Ok(outcome) => outcome.violation,
        Err(panic) => {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
            let detail = words.unwrap_or("without words").to_owned();
            Some(Violation { at: Time::ZERO, invariant: Invariant::NoPanic, detail })
        }
    }
}

fn tell(number: u64, before: Duration, failure: Option<&Failure>) {
    let seconds = (processor_time() - before).as_secs_f64();
    let Some(Failure { first_seen, universe, violation, .. }) = failure else {
        eprintln!("{number}: {seconds:.1} s");
        return;
    };
    println!("# universe {number}: {first_seen}");
    println!("{}", Regression::new(universe.clone(), violation).to_toml());
}

/// Of all threads so far. The replaced clock tells nothing.
fn processor_time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system tells it");
    let of = |time: nix::sys::time::TimeVal| {
        Duration::from_micros((time.tv_sec() * 1_000_000 + time.tv_usec()) as u64)
    };
    of(usage.user_time()) + of(usage.system_time())
}
