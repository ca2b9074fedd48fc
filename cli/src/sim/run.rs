//! `lapwing sim run`.

use std::io::{IsTerminal, Write, stderr};
use std::ops::Range;

use lapwing_simnet::run::{Outcome, Run, Series};
use lapwing_simnet::scenario::Scenario;
use lapwing_simnet::{ChainLog, Clock, Transcript};

use super::args::RunArgs;
use super::{SimError, find, show, store, verify};

/// Runs a scenario, and shows and keeps what it came to.
pub(super) fn run(args: &RunArgs) -> Result<(), SimError> {
    let scenario = find::scenario(&args.scenario)?;
    let seed = args.seed.unwrap_or_else(|| scenario.meta.seeds.first().copied().unwrap_or(1));
    if let Some(wanted) = &args.events {
        for line in events(&scenario, seed, wanted.clone())? {
            show::say(&line);
        }
        return Ok(());
    }
    let (outcome, chain) = simulate(&scenario, seed)?;
    if let Some(folder) = &args.out {
        store::write(folder, &outcome, &chain)?;
    }
    if args.json {
        show::say(&to_json(&outcome));
    } else {
        show::tables(&outcome);
    }
    if args.verify {
        verify::verify(args, &scenario, seed, &chain)?;
        eprintln!("the run repeats in another process: {} events", chain.links.len());
    }
    match outcome.verdicts.iter().filter(|verdict| !verdict.pass).count() {
        0 => Ok(()),
        unmet => Err(SimError::Unmet(unmet)),
    }
}

/// The outcome on a line, without its series, which are long.
fn to_json(outcome: &Outcome) -> String {
    let brief = Outcome { series: Series::default(), ..outcome.clone() };
    serde_json::to_string(&brief).expect("an outcome can be written as JSON")
}

fn start(scenario: &Scenario, seed: u64) -> Result<Run, SimError> {
    Run::new(scenario, seed, Clock::arbitrary())
        .map_err(|error| SimError::Build(scenario.meta.name.clone(), error))
}

/// Runs to the end, with progress where someone watches.
fn simulate(scenario: &Scenario, seed: u64) -> Result<(Outcome, ChainLog), SimError> {
    let mut run = start(scenario, seed)?;
    run.sim().watch(ChainLog::default());
    let watched = stderr().is_terminal();
    let mut shown = 0;
    while run.step() {
        let percent = (run.progress() * 100.0) as u32;
        if watched && percent > shown {
            shown = percent;
            // A terminal that is gone is no reason to stop.
            let _ = write!(stderr(), "\r{} {percent:>3} %", scenario.meta.name);
        }
    }
    if watched {
        // As above: back to the start of an empty line.
        let _ = write!(stderr(), "\r{:width$}\r", "", width = scenario.meta.name.len() + 6);
    }
    let chain = run.sim().watcher::<ChainLog>().map(std::mem::take).unwrap_or_default();
    let outcome =
        run.outcome().map_err(|error| SimError::Build(scenario.meta.name.clone(), error))?;
    Ok((outcome, chain))
}

/// The text of some events of a run, which ends after them.
pub(super) fn events(
    scenario: &Scenario,
    seed: u64,
    wanted: Range<u64>,
) -> Result<Vec<String>, SimError> {
    let mut run = start(scenario, seed)?;
    run.sim().watch(Transcript::new(wanted.clone()));
    while run.sim().events() < wanted.end && run.step() {}
    let transcript = run.sim().watcher::<Transcript>();
    Ok(transcript.map(|transcript| std::mem::take(&mut transcript.lines)).unwrap_or_default())
}
