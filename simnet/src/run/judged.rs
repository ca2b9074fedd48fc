//! A run from start to end, and what it came to: its figures, held against the expectations.

use crate::run::{Outcome, References, Run, judge};
use crate::scenario::{BuildError, Scenario};
use crate::time::Clock;

/// Runs a scenario from start to end.
///
/// ```
/// use lapwing_simnet::run::run;
/// use lapwing_simnet::scenario::Scenario;
///
/// let text = "
/// [meta]
/// name = 'short'
/// duration_s = 5
/// seeds = [1]
/// schema = 1
/// [media.audio]
/// model = 'cbr'
/// bps = 20000
/// ptime_ms = 20
/// [[link]]
/// name = 'fwd'
/// from = 'A'
/// to = 'B'
/// capacity_bps = 1000000
/// delay_ms = 20
/// queue = { type = 'tail-drop', size_ms = 300 }
/// [[flow]]
/// id = 1
/// direction = 'forward'
/// start_s = 0
/// end_s = 5
/// media = ['audio']
/// [expect]
/// loss_max = 0.0
/// ";
/// let outcome = run(&Scenario::parse("short.toml", text).unwrap(), 1).unwrap();
/// assert!(outcome.passed());
/// assert!(outcome.figures.flows[0].connected_s.is_some_and(|at| at < 2.0));
/// ```
pub fn run(scenario: &Scenario, seed: u64) -> Result<Outcome, BuildError> {
    let mut run = Run::new(scenario, seed, Clock::arbitrary())?;
    while run.step() {}
    run.outcome()
}

impl Run {
    /// What the run came to so far. The runs that it is compared with are made here, where the
    /// scenario asks for any.
    ///
    /// # Errors
    /// [`BuildError`] of those runs.
    pub fn outcome(&mut self) -> Result<Outcome, BuildError> {
        let references = References::gather(&self.scenario, self.seed)?;
        let (figures, series) = self.measured();
        let mut verdicts = judge(&self.scenario, &figures, &series, &references);
        verdicts.extend(self.assert(&series));
        Ok(Outcome::of(&self.scenario, self.seed, &self.sim, (figures, series), verdicts))
    }
}
