//! A controller that is not the template's, in the template's scenarios.

use std::path::Path;

use lapwing_simnet::run::{Outcome, run};
use lapwing_simnet::scenario::Scenario;

#[path = "forty/arrival_rate.rs"]
mod arrival_rate;

const SCENARIOS: [&str; 3] = ["step.toml", "two-flows.toml", "beside-tcp.toml"];
const SEEDS: std::ops::RangeInclusive<u64> = 1..=3;

/// The template's scenario, with this controller in place of the template's.
fn outcome(name: &str, seed: u64) -> Outcome {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    let text = std::fs::read_to_string(&file).expect("the scenario is there");
    let text = text.replace(", step_bps = 15_000", "").replace("delay-target", "arrival-rate");
    let none = |_: &str| Err("there are no traces".to_owned());
    let reading = Scenario::read(name, &text, &none, &arrival_rate::parts());
    let scenario = reading.unwrap_or_else(|bad| panic!("{bad}")).scenario;
    assert!(!scenario.flows.is_empty() && scenario.flows.iter().all(|f| f.controller.is_some()));
    run(&scenario, seed).expect("its parts are there")
}

/// What a flow received between two seconds, in bit/s.
fn received(outcome: &Outcome, flow: usize, from_s: f64, to_s: f64) -> f64 {
    let bin = |second: f64| (second / outcome.series.bin_s).round() as usize;
    let bins = &outcome.series.flows[flow].received_bps[bin(from_s)..bin(to_s)];
    bins.iter().sum::<f64>() / bins.len() as f64
}

#[test]
fn every_scenario_meets_what_it_expects() {
    for name in SCENARIOS {
        let outcome = outcome(name, 1);
        assert!(outcome.passed(), "{name}: {:#?}", outcome.verdicts);
    }
}

#[test]
fn the_same_seed_gives_the_same_chain() {
    for name in SCENARIOS {
        let first = outcome(name, 1).chain;
        assert_eq!(first, outcome(name, 1).chain, "{name}");
        assert_ne!(first, outcome(name, 2).chain, "{name}");
    }
}

/// The rate received between two seconds is within the bounds, in Mbit/s, with each of the seeds.
#[track_caller]
fn assert_mbps(name: &str, flow: usize, seconds: (f64, f64), bounds: (f64, f64)) {
    for seed in SEEDS {
        let mbps = received(&outcome(name, seed), flow, seconds.0, seconds.1) / 1e6;
        println!("{name} flow {flow} seed {seed}: {mbps:.3} Mbit/s in {seconds:?}");
        assert!((bounds.0..bounds.1).contains(&mbps), "seed {seed}: {mbps} not in {bounds:?}");
    }
}

#[test]
fn the_rate_follows_the_capacity() {
    assert_mbps("step.toml", 0, (15.0, 20.0), (1.6, 2.05));
    assert_mbps("step.toml", 0, (30.0, 40.0), (0.8, 1.05));
    assert_mbps("step.toml", 0, (50.0, 60.0), (1.6, 2.05));
}

#[test]
fn a_second_flow_gets_a_share() {
    assert_mbps("two-flows.toml", 0, (40.0, 60.0), (0.7, 1.3));
    assert_mbps("two-flows.toml", 1, (40.0, 60.0), (0.7, 1.3));
}

/// CUBIC keeps the queue full, and the controller gives way down to the least of the encoder.
#[test]
fn beside_tcp_the_least_rate_of_the_encoder_arrives() {
    assert_mbps("beside-tcp.toml", 0, (10.0, 20.0), (2.4, 3.05));
    assert_mbps("beside-tcp.toml", 0, (40.0, 60.0), (0.2, 0.3));
}
