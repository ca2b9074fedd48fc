//! A run from start to end.

use lapwing_simnet::run::Run;
use lapwing_simnet::scenario::Scenario;
use lapwing_simnet::{Clock, Parts, Time};
use pyo3::create_exception;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::controller::{Factories, Failure, parts};

create_exception!(
    lapwing,
    RunError,
    PyRuntimeError,
    "A scenario that is right cannot be run here."
);

/// Steps between two looks for a signal such as that of Ctrl-C: a second of virtual time.
const STEPS_UNHEARD: u32 = 100;

/// Runs a scenario whose controllers are made by `factories`. Other threads of Python go on
/// meanwhile, whenever no controller is called.
pub(crate) fn with_controllers(
    py: Python<'_>,
    mut scenario: Scenario,
    seed: u64,
    factories: Factories,
) -> PyResult<String> {
    let clock = Clock::arbitrary();
    let failure = Failure::default();
    scenario.parts = match factories.is_empty() {
        true => Parts::new(),
        false => parts(factories, clock.instant(Time::ZERO), &failure),
    };
    let mut steps: u32 = 0;
    let outcome = py.detach(|| {
        run(&scenario, seed, clock, || {
            steps += 1;
            if steps.is_multiple_of(STEPS_UNHEARD)
                && let Err(error) = Python::attach(|py| py.check_signals())
            {
                failure.note(error);
            }
            !failure.is_there()
        })
    });
    match failure.take() {
        Some(error) => Err(error),
        None => outcome,
    }
}

/// Runs a scenario, as long as `goes_on` says so after each step, and gives the outcome as JSON.
pub(crate) fn run(
    scenario: &Scenario,
    seed: u64,
    clock: Clock,
    mut goes_on: impl FnMut() -> bool,
) -> PyResult<String> {
    let refused = |error: &dyn std::fmt::Display| RunError::new_err(error.to_string());
    let mut run = Run::new(scenario, seed, clock).map_err(|error| refused(&error))?;
    while run.step() {
        if !goes_on() {
            return Err(RunError::new_err("the run was ended"));
        }
    }
    let outcome = run.outcome().map_err(|error| refused(&error))?;
    serde_json::to_string(&outcome).map_err(|error| refused(&error))
}
