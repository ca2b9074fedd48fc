//! A whole suite of scenarios in one process: `cargo bench -p lapwing-benches --bench simnet_suite -- rfc8867`.
//!
//! Prints processor time and virtual time, and the table of the suite; `--out DIR` keeps it as `DIR/SUITE.md`.

use std::path::PathBuf;
use std::time::Duration;

use lapwing_benches::measure::{cpu, is_check};
use lapwing_simnet::run::{Outcome, run};
use lapwing_simnet::scenario::Scenario;
use lapwing_simnet::suite::{Board, Suite, known_failures};

/// Seeds of each scenario.
const SEEDS: u64 = 5;

fn run_case(name: &str, text: &str, seed: u64) -> Outcome {
    let scenario = Scenario::parse(name, text).expect("the scenarios of the crate are right");
    run(&scenario, seed).expect("the scenarios of the crate can be built")
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let suite = arguments.iter().find_map(|word| word.parse::<Suite>().ok());
    let out = arguments.iter().position(|word| word == "--out");
    let out = out.and_then(|at| arguments.get(at + 1)).map(PathBuf::from);
    if is_check() {
        // That it runs is enough.
        return assert!(Suite::Rfc8867.scenarios().count() > 0);
    }
    for suite in suite.map_or(Suite::ALL.to_vec(), |suite| vec![suite]) {
        let mut outcomes = Vec::new();
        let mut total = Duration::ZERO;
        for case in suite.cases(SEEDS) {
            let scenario = case.scenario;
            let (outcome, time) = cpu(|| run_case(scenario.name, scenario.text, case.seed));
            total += time;
            let speed = outcome.duration_s / time.as_secs_f64();
            eprintln!("{} seed {}: {speed:.0} times real time", scenario.name, case.seed);
            outcomes.push(outcome);
        }
        let calls: f64 = outcomes.iter().map(|o| o.duration_s * o.figures.flows.len() as f64).sum();
        let known = known_failures(None).expect("the crate's list is right");
        let table = Board::new(suite, outcomes).to_markdown(&known);
        println!("{table}");
        let speed = calls / total.as_secs_f64();
        println!(
            "{suite}: {:.1} s of processor, {speed:.0} call seconds a second",
            total.as_secs_f64()
        );
        if let Some(folder) = &out {
            std::fs::write(folder.join(format!("{suite}.md")), table).expect("the folder is there");
        }
    }
}
