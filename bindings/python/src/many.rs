//! Runs on several threads, none of which calls Python.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use lapwing_simnet::{Clock, scenario};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::play;
use crate::scenario::Scenario;

/// Between two looks for a signal such as that of Ctrl-C.
const UNHEARD: Duration = Duration::from_millis(100);

/// Makes all runs, so many at a time, and gives their outcomes as JSON in the order of the list.
#[pyfunction]
pub(crate) fn run_many(
    py: Python<'_>,
    runs: Vec<(Py<Scenario>, u64)>,
    jobs: usize,
) -> PyResult<Vec<String>> {
    let mut own = Vec::new();
    for (scenario, seed) in &runs {
        let scenario = &scenario.get().read;
        if scenario.flows.iter().any(|flow| flow.controller.is_some()) {
            let name = &scenario.meta.name;
            let why = "names a controller, and threads would wait for each other to call it";
            return Err(PyValueError::new_err(format!("{name} {why}: use processes")));
        }
        own.push((scenario, *seed));
    }
    py.detach(|| on_threads(&own, jobs.clamp(1, own.len().max(1))))
}

fn on_threads(runs: &[(&scenario::Scenario, u64)], jobs: usize) -> PyResult<Vec<String>> {
    let (next, goes_on) = (AtomicUsize::new(0), AtomicBool::new(true));
    let (tell, hear) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let tell = tell.clone();
            scope.spawn(|| work(runs, &next, &goes_on, tell));
        }
        drop(tell);
        let mut done: Vec<Option<String>> = vec![None; runs.len()];
        loop {
            let told = match hear.recv_timeout(UNHEARD) {
                Ok((place, outcome)) => outcome.map(|json| done[place] = Some(json)),
                Err(RecvTimeoutError::Timeout) => Python::attach(|py| py.check_signals()),
                // All have ended.
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if let Err(error) = told {
                goes_on.store(false, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(done.into_iter().flatten().collect())
    })
}

/// Makes run after run, until there is none left or it is to end.
fn work(
    runs: &[(&scenario::Scenario, u64)],
    next: &AtomicUsize,
    goes_on: &AtomicBool,
    tell: mpsc::Sender<(usize, PyResult<String>)>,
) {
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        let Some((scenario, seed)) = runs.get(place) else { return };
        let go = || goes_on.load(Ordering::Relaxed);
        if !go() {
            return;
        }
        // Nobody hears any more where another run has failed.
        let _ = tell.send((place, play::run(scenario, *seed, Clock::arbitrary(), go)));
    }
}
