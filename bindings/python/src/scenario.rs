//! A scenario that was read.

use std::collections::BTreeMap;

use lapwing_engine::Bitrate;
use lapwing_engine::congestion::{GoogCc, GoogCcConfig};
use lapwing_simnet::scenario::{self, BUILT_IN, BadScenario, Fault};
use lapwing_simnet::{PartUse, Parts, Sessions};
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::controller::Factories;
use crate::play;

create_exception!(
    lapwing,
    ScenarioError,
    PyValueError,
    "A scenario with faults. `faults` lists them all: line, field, problem."
);

/// Line, field, and what is wrong or odd.
type Told = (usize, String, String);

/// Names and texts of the scenarios that are built in.
#[pyfunction]
pub(crate) fn built_in() -> Vec<(&'static str, &'static str)> {
    BUILT_IN.iter().map(|found| (found.name, found.text)).collect()
}

/// A scenario that can be run.
#[pyclass(frozen, module = "lapwing._native")]
pub(crate) struct Scenario {
    pub(crate) read: scenario::Scenario,
    warnings: Vec<Told>,
}

#[pymethods]
impl Scenario {
    /// Reads a text. `files` is asked for the text of each trace; flows may name `controllers`.
    #[new]
    fn new(
        py: Python<'_>,
        file: &str,
        text: &str,
        files: &Bound<'_, PyAny>,
        controllers: Vec<String>,
    ) -> PyResult<Scenario> {
        let trace = |name: &str| {
            let text = files.call1((name,)).and_then(|text| text.extract::<String>());
            text.map_err(|error| error.value(py).to_string())
        };
        let reading = scenario::Scenario::read(file, text, &trace, &named(&controllers));
        let reading = reading.map_err(|bad| refused(py, &bad))?;
        let warnings = reading.warnings.all.iter().map(told).collect();
        Ok(Scenario { read: reading.scenario, warnings })
    }

    #[getter]
    fn name(&self) -> &str {
        &self.read.meta.name
    }

    #[getter]
    fn reference(&self) -> &str {
        &self.read.meta.reference
    }

    #[getter]
    fn seeds(&self) -> Vec<u64> {
        self.read.meta.seeds.clone()
    }

    #[getter]
    fn duration_s(&self) -> f64 {
        self.read.meta.duration.as_secs_f64()
    }

    #[getter]
    fn flows(&self) -> Vec<u64> {
        self.read.flows.iter().map(|flow| flow.id).collect()
    }

    #[getter]
    fn links(&self) -> Vec<String> {
        self.read.links.iter().map(|link| link.name.clone()).collect()
    }

    #[getter]
    fn warnings(&self) -> Vec<Told> {
        self.warnings.clone()
    }

    /// Whether a run is the same in every process.
    #[getter]
    fn repeats(&self) -> bool {
        self.read.options.sessions == Sessions::default()
    }

    /// Runs it, and gives the outcome as JSON. `controllers` has what makes each by its name;
    /// `flows` which of those carries a flow, beside what the text says.
    fn run(
        &self,
        py: Python<'_>,
        seed: u64,
        controllers: Factories,
        flows: BTreeMap<u64, String>,
    ) -> PyResult<String> {
        let mut scenario = self.read.clone();
        for flow in &mut scenario.flows {
            if let Some(name) = flows.get(&flow.id) {
                flow.controller = Some(PartUse { name: name.clone(), ..PartUse::default() });
            }
        }
        play::with_controllers(py, scenario, seed, controllers)
    }
}

/// Controllers of these names, to read a text with: each run has its own.
fn named(names: &[String]) -> Parts {
    names.iter().fold(Parts::new(), |parts, name| {
        parts.controller(name, |_, start: Bitrate, now| {
            Box::new(GoogCc::new(GoogCcConfig { start, ..GoogCcConfig::default() }, now))
        })
    })
}

fn told(fault: &Fault) -> Told {
    (fault.line, fault.field.clone(), fault.problem.to_string())
}

fn refused(py: Python<'_>, bad: &BadScenario) -> PyErr {
    let error = ScenarioError::new_err(bad.to_string());
    let faults: Vec<Told> = bad.faults.iter().map(told).collect();
    match error.value(py).setattr("faults", faults) {
        Ok(()) => error,
        Err(other) => other,
    }
}
