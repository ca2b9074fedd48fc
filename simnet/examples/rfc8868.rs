//! The sweep of RFC 8868 (sections 4.1 to 4.3): delay, loss and queue length over several
//! capacities, with seed 1; its table, and whether it is the committed one.
//!
//! ```text
//! # The table:
//! cargo run --release -p lapwing-simnet --example rfc8868
//! # Into simnet/snapshots/rfc8868.md:
//! cargo run --release -p lapwing-simnet --example rfc8868 -- --write
//! # Whether it is as committed:
//! cargo run --release -p lapwing-simnet --example rfc8868 -- --check
//! ```
//!
//! Calls are of the engine's own session, which asks the system for nothing: a row has the chain of
//! its run. Each packet's time on each link is held against arithmetic of its own.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use lapwing_simnet::run::{Arrivals, Run};
use lapwing_simnet::scenario::{AxisValue, Scenario, ScenarioSource, built_in};
use lapwing_simnet::{Clock, Parts};

const SEED: u64 = 1;

fn main() -> ExitCode {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/rfc8868.md");
    let table = table();
    match std::env::args().nth(1).as_deref() {
        None => print!("{table}"),
        Some("--write") => std::fs::write(&file, table).expect("the folder is in the repository"),
        Some("--check") => {
            let committed = std::fs::read_to_string(&file).unwrap_or_default();
            if committed != table {
                let new = table.lines().filter(|line| !committed.lines().any(|one| one == *line));
                new.for_each(|line| println!("{}: not committed: {line}", file.display()));
                return ExitCode::FAILURE;
            }
            println!("{}: as committed", file.display());
        }
        Some(other) => {
            eprintln!("rfc8868: there is no {other}; it takes --write or --check");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn table() -> String {
    let found = built_in("rfc8868-sweep").expect("it is shipped");
    let none = |_: &str| Err("it has no traces".to_owned());
    let (file, text, parts) = (found.name, found.text, &Parts::new());
    let source = ScenarioSource { file, text, changes: &[], files: &none, parts };
    let scenario = source.read().expect("it is right").scenario;
    let points: Vec<(Vec<AxisValue>, Scenario)> = (0..scenario.points())
        .map(|point| {
            let values = scenario.values(point).expect("there are as many");
            (values, source.point(&scenario, point).expect("it is right").expect("likewise"))
        })
        .collect();
    let names: Vec<String> = scenario.sweep.iter().map(ToString::to_string).collect();
    let mut text =
        format!("# rfc8868-sweep, seed {SEED}, sessions: own\n\n| {} ", names.join(" | "));
    text.push_str(
        "| utilisation | goodput kbit/s | queue p95 ms | loss | frame p95 ms | freezes | chain |\n",
    );
    text.push_str(&"|---".repeat(names.len() + 7));
    text.push_str("|\n");
    for row in rows(&points) {
        text.push_str(&row);
    }
    text
}

/// The rows of all points, in their order; a worker for each core.
fn rows(points: &[(Vec<AxisValue>, Scenario)]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((values, scenario)) = points.get(index) else { return done };
            done.push((index, row(values, scenario)));
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut all: Vec<(usize, String)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let done = workers.into_iter().map(|worker| worker.join().expect("a run does not panic"));
        done.flatten().collect()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, row)| row).collect()
}

fn row(values: &[AxisValue], scenario: &Scenario) -> String {
    let mut run = Run::new(scenario, SEED, Clock::arbitrary()).expect("it can be built");
    let arrivals = Arrivals::of(&run);
    run.sim().watch(arrivals);
    while run.step() {}
    let arrivals = run.sim().watcher::<Arrivals>().expect("it watches");
    assert_eq!(arrivals.wrong(), 0, "{:?}", arrivals.faults());
    let outcome = run.outcome().expect("it needs no references");
    let (flow, link) = (&outcome.figures.flows[0], &outcome.figures.links[0]);
    let or_none = |value: Option<f64>, digits: usize| match value {
        Some(value) => format!("{value:.digits$}"),
        None => "-".to_owned(),
    };
    let mut row = String::from("|");
    for value in values {
        let _ = write!(row, " {value} |");
    }
    let _ = writeln!(
        row,
        " {} | {:.0} | {} | {:.4} | {} | {} | {:016x} |",
        or_none(link.utilisation, 3),
        flow.goodput_bps / 1e3,
        or_none(link.queueing_delay_p95_ms, 1),
        flow.loss,
        or_none(flow.frame_delay_p95_ms, 0),
        flow.freezes,
        outcome.chain,
    );
    row
}
