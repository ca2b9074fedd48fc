//! Universes of the search for faults, steered by coverage: the tape is what the fuzzer makes.
#![no_main]

use lapwing_simnet::explore::{Tape, Universe, run};
use lapwing_simnet::system;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let universe = Universe::draw(&mut Tape::new(bytes));
    let outcome = system::on_fresh_thread(|| run(&universe, None));
    if let Some(violation) = outcome.violation {
        panic!("{violation}\n{}", universe.to_toml());
    }
});
