//! The crate's parts in the crate's scenarios.

use std::path::Path;

use lapwing_simnet::run::{Outcome, run};
use lapwing_simnet::scenario::Scenario;
use lapwing_template::parts;

fn outcome(name: &str, seed: u64) -> Outcome {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    let text = std::fs::read_to_string(&file).expect("the scenario is there");
    let none = |_: &str| Err("there are no traces".to_owned());
    let reading = Scenario::read(name, &text, &none, &parts());
    run(&reading.unwrap_or_else(|bad| panic!("{bad}")).scenario, seed).expect("its parts are there")
}

#[test]
fn every_scenario_meets_what_it_expects() {
    for name in ["step.toml", "two-flows.toml", "beside-tcp.toml"] {
        let outcome = outcome(name, 1);
        assert!(outcome.passed(), "{name}: {:#?}", outcome.verdicts);
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let chain = |seed| outcome("two-flows.toml", seed).chain;
    assert_eq!(chain(1), chain(1));
    assert_ne!(chain(1), chain(2));
}

#[test]
fn the_rate_follows_the_capacity() {
    let series = outcome("step.toml", 1).series;
    // Bins are of a tenth of a second.
    let mean = |from: usize, to: usize| {
        series.flows[0].received_bps[from..to].iter().sum::<f64>() / (to - from) as f64
    };
    let (before, narrow, after) = (mean(150, 200), mean(300, 400), mean(500, 600));
    assert!(before > 1.4e6 && after > 1.4e6, "{before} and {after} of 2 Mbit/s");
    assert!((0.6e6..1.05e6).contains(&narrow), "{narrow} of 1 Mbit/s");
}
