//! Scenario files: what is right is built, what is wrong has faults with lines, and nothing
//! panics.
#![no_main]

use lapwing_simnet::scenario::Scenario;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Scenario::parse("fuzz.toml", text) {
        Ok(scenario) => drop(scenario.build(1)),
        Err(bad) => assert!(!bad.to_string().is_empty()),
    }
});
