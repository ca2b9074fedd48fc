//! `lapwing sim run`.

use std::ops::Range;
use std::path::PathBuf;

use lapwing_engine::RecordOptions;
use lapwing_rooms::text::count;
use lapwing_simnet::run::{Outcome, Run, RunOptions, Series};
use lapwing_simnet::scenario::Scenario;
use lapwing_simnet::{ChainLog, Clock, Transcript};

use super::args::RunArgs;
use super::find::Found;
use super::progress::Progress;
use super::record::{self, Recorder};
use super::stored::{Made, Summary};
use super::{SimError, clip, find, pages, show, store, verify};
use crate::numbers::Numbers;

/// Runs a scenario with each seed that is asked for, and shows and keeps what it came to.
pub(super) fn run(args: &RunArgs) -> Result<(), SimError> {
    let text = find::text(&args.scenario)?;
    let changes = args.changes.all();
    let found = Found { name: &args.scenario, text: &text, changes: &changes };
    let mut scenario = at_point(&found, args.point)?;
    scenario.options.sessions = args.sessions.unwrap_or(scenario.options.sessions);
    let first = [scenario.meta.seeds.first().copied().unwrap_or(1)];
    let seeds = args.seed.as_ref().map_or(&first[..], Numbers::values);
    let whole = found.whole();
    let mut unmet = 0;
    for &seed in seeds {
        let folder = args.out.as_ref().map(|out| match seeds {
            [_] => out.clone(),
            _ => out.join(store::of_seed(seed)),
        });
        unmet += run_one(&Wanted { args, text: &whole, scenario: &scenario, seed, folder })?;
    }
    if let (Some(out), None) = (&args.out, &args.summary_by) {
        show::tell(&store::size(out)?);
    }
    match unmet {
        0 => Ok(()),
        unmet => Err(SimError::Unmet(unmet)),
    }
}

/// A run that is wanted, and the folder for it.
struct Wanted<'a> {
    args: &'a RunArgs,
    /// All that the scenario follows from.
    text: &'a str,
    scenario: &'a Scenario,
    seed: u64,
    folder: Option<PathBuf>,
}

/// Runs with one seed; gives how many expectations are not met.
fn run_one(wanted: &Wanted<'_>) -> Result<usize, SimError> {
    let Wanted { args, text, scenario, seed, folder } = wanted;
    if let Some(wanted) = &args.events {
        for line in events(scenario, *seed, wanted.clone())? {
            show::say(&line);
        }
        return Ok(0);
    }
    let Simulated { outcome, chain, notes } = simulate(wanted)?;
    notes.iter().for_each(|note| show::tell(note));
    if let Some(folder) = folder {
        let made = match &args.summary_by {
            Some(program) => Made::by(program.clone(), text, args.point),
            None => Made::of(text, args.point)?,
        };
        Summary { made, notes, outcome: outcome.clone() }.write(folder)?;
        if args.summary_by.is_none() {
            pages::draw(folder)?;
        }
    }
    if args.json {
        show::say(&to_json(&outcome));
    } else {
        show::tables(&outcome);
    }
    if args.verify {
        verify::verify(args, *seed, &chain, |wanted| events(scenario, *seed, wanted))?;
        let events = count(chain.links.len(), "event");
        show::tell(&format!("the run repeats in another process: {events}"));
    }
    Ok(outcome.verdicts.iter().filter(|verdict| !verdict.pass).count())
}

/// A scenario as it is, or a combination of its sweep.
fn at_point(found: &Found<'_>, point: Option<usize>) -> Result<Scenario, SimError> {
    let scenario = found.read()?;
    match point {
        Some(point) => found.point(&scenario, point),
        None => Ok(scenario),
    }
}

/// The outcome on a line, without its series, which are long.
fn to_json(outcome: &Outcome) -> String {
    let brief = Outcome { series: Series::default(), ..outcome.clone() };
    serde_json::to_string(&brief).expect("an outcome can be written as JSON")
}

fn start(scenario: &Scenario, seed: u64, record: bool) -> Result<Run, SimError> {
    let record = record.then(RecordOptions::default);
    let options = RunOptions { clips: Some(&mut clip::clip), record, ..RunOptions::default() };
    Run::with_options(scenario, seed, Clock::arbitrary(), options)
        .map_err(|error| SimError::Build(scenario.meta.name.clone(), error))
}

/// What a run came to, its hash chain if it is to be verified, and what is to be known of its
/// files.
struct Simulated {
    outcome: Outcome,
    chain: ChainLog,
    notes: Vec<String>,
}

/// Runs to the end, with progress where someone watches.
fn simulate(wanted: &Wanted<'_>) -> Result<Simulated, SimError> {
    let Wanted { args, scenario, seed, folder, .. } = wanted;
    let mut run = start(scenario, *seed, args.record)?;
    let mut recorder = match folder {
        Some(folder) if args.brief || args.summary_by.is_some() => {
            record::clear(folder)?;
            None
        }
        Some(folder) => Some(Recorder::begin(folder, &mut run, args)?),
        None => None,
    };
    if recorder.is_some() || args.verify {
        run.sim().watch(ChainLog::default());
    }
    let mut chain = ChainLog::default();
    let (mut progress, mut shown) = (Progress::new(), 0);
    while run.step() {
        let links = run.sim().watcher::<ChainLog>().map(std::mem::take).unwrap_or_default();
        if let Some(recorder) = &mut recorder {
            recorder.step(&mut run, &links)?;
        }
        if args.verify {
            chain.links.extend(links.links);
        }
        let percent = (run.progress() * 100.0) as u32;
        if percent > shown {
            shown = percent;
            progress.show(&format!("{} {percent:>3} %", scenario.meta.name));
        }
    }
    drop(progress);
    let notes = recorder.map(|recorder| recorder.finish(&mut run)).transpose()?;
    let outcome =
        run.outcome().map_err(|error| SimError::Build(scenario.meta.name.clone(), error))?;
    Ok(Simulated { outcome, chain, notes: notes.unwrap_or_default() })
}

/// The text of some events of a run, which ends after them.
fn events(scenario: &Scenario, seed: u64, wanted: Range<u64>) -> Result<Vec<String>, SimError> {
    let mut run = start(scenario, seed, false)?;
    run.sim().watch(Transcript::new(wanted.clone()));
    while run.sim().events() < wanted.end && run.step() {}
    let transcript = run.sim().watcher::<Transcript>();
    Ok(transcript.map(|transcript| std::mem::take(&mut transcript.lines)).unwrap_or_default())
}
