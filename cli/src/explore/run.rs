//! The search, from arguments to files.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use lapwing_rooms::disk::{self, Secrecy};
use lapwing_rooms::text;
use lapwing_simnet::explore::{Aspect, Coverage, Failure, Kind, Regression, Search, Universe};
use lapwing_simnet::scenario::BadScenario;
use serde_json::json;

use super::args::ExploreArgs;
use super::workers::{self, Limits};
use crate::outcome::Outcome;

/// Largest file of a universe, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why a search fails.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExploreFailure {
    /// A file cannot be read or written.
    File(PathBuf, io::Error),
    /// A file is no universe.
    Bad(BadScenario),
    /// Invariants did not hold; in how many universes.
    Found(usize),
}

impl ExploreFailure {
    /// The program's status.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            ExploreFailure::Found(_) => ExitCode::from(1),
            ExploreFailure::File(..) | ExploreFailure::Bad(_) => ExitCode::from(2),
        }
    }
}

impl fmt::Display for ExploreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExploreFailure::File(path, _) => write!(f, "{} cannot be used", path.display()),
            ExploreFailure::Bad(bad) => bad.fmt(f),
            ExploreFailure::Found(1) => f.write_str("an invariant did not hold"),
            ExploreFailure::Found(count) => {
                write!(f, "invariants did not hold in {}", text::count(*count, "universe"))
            }
        }
    }
}

impl std::error::Error for ExploreFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ExploreFailure::File(_, error) => Some(error),
            _ => None,
        }
    }
}

/// Searches, or plays one file, and tells.
///
/// # Errors
/// [`ExploreFailure`].
pub fn run(args: ExploreArgs) -> Outcome {
    // Panics are findings here: they are told like any other, not by the usual words.
    std::panic::set_hook(Box::new(|_| {}));
    let mut out = io::stdout().lock();
    let found = match &args.replay {
        Some(path) => replay(&args, path, &mut out)?,
        None => explore(&args, &mut out)?,
    };
    match found {
        0 => Ok(()),
        count => Err(ExploreFailure::Found(count).into()),
    }
}

fn replay(
    args: &ExploreArgs,
    path: &Path,
    out: &mut impl Write,
) -> Result<usize, Box<dyn std::error::Error>> {
    let fault = |error| ExploreFailure::File(path.to_owned(), error);
    let size = std::fs::metadata(path).map_err(fault)?.len();
    if size > FILE_BYTES_MAX {
        let words = format!("{size} bytes; at most {FILE_BYTES_MAX} are read");
        return Err(fault(io::Error::other(words)).into());
    }
    let text = std::fs::read_to_string(path).map_err(fault)?;
    let universe = Universe::parse(&path.display().to_string(), &text);
    let violation = workers::judge(&universe.map_err(ExploreFailure::Bad)?).violation;
    match (&violation, args.json) {
        (violation, true) => {
            let text = violation.as_ref().map(ToString::to_string);
            writeln!(out, "{}", json!({ "event": "replay", "violation": text }))?;
        }
        (Some(violation), false) => writeln!(out, "{violation}")?,
        (None, false) => writeln!(out, "all invariants hold")?,
    }
    Ok(usize::from(violation.is_some()))
}

fn explore(args: &ExploreArgs, out: &mut impl Write) -> Result<usize, Box<dyn std::error::Error>> {
    let ExploreArgs { seed, first, universes, shrink: shrink_runs, .. } = *args;
    let kind = if args.helped { Kind::Helped } else { Kind::Alone };
    let plan = Search { seed, first, universes, shrink_runs, kind };
    let processors = || std::thread::available_parallelism().map_or(1, NonZero::get);
    let limits = Limits {
        jobs: args.jobs.map_or_else(processors, usize::from),
        time: args.time.map(Duration::from_secs),
        shrink_time: Duration::from_secs(args.shrink_time),
    };
    let mut coverage = Coverage::default();
    let (mut done, mut failed) = (0, 0);
    workers::play(&plan, limits, |played| {
        done += 1;
        coverage.add(&played.outcome.coverage);
        match &played.failure {
            Some(failure) => {
                failed += 1;
                tell(args, failure, out)
            }
            None => Ok(()),
        }
    })?;
    match args.json {
        true => {
            let coverage: serde_json::Map<_, _> = Aspect::ALL
                .iter()
                .map(|aspect| {
                    let of: BTreeMap<_, _> = coverage.of(*aspect).collect();
                    (aspect.name().to_owned(), json!(of))
                })
                .collect();
            let end = json!({
                "event": "end", "universes": done, "failures": failed, "coverage": coverage,
            });
            writeln!(out, "{end}")?;
        }
        false => {
            write!(out, "in how many universes what was reached:\n{coverage}")?;
            let asked = if done < universes { format!(" of {universes}") } else { String::new() };
            let played = text::count(done as usize, "universe");
            writeln!(out, "{played}{asked}, {}", text::count(failed, "failure"))?;
        }
    }
    Ok(failed)
}

fn tell(
    args: &ExploreArgs,
    failure: &Failure,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let Failure { number, universe, violation, runs, .. } = failure;
    let name = format!("{}-{}-{number}.toml", violation.invariant, args.seed);
    let path = args.out.join(name);
    let fault = |error| ExploreFailure::File(path.clone(), error);
    std::fs::create_dir_all(&args.out).map_err(fault)?;
    let file = Regression::new(universe.clone(), violation).to_toml();
    disk::write(&path, file.as_bytes(), Secrecy::Open).map_err(fault)?;
    let (shown, actions) = (path.display().to_string(), universe.actions.len());
    match args.json {
        true => {
            let violation = violation.to_string();
            let line = json!({
                "event": "failure", "universe": number, "violation": violation,
                "actions": actions, "runs": runs, "file": shown,
            });
            writeln!(out, "{line}")?;
        }
        false => {
            writeln!(out, "universe {number}: {violation}")?;
            let (actions, runs) = (text::count(actions, "action"), text::count(*runs, "run"));
            writeln!(out, "  {actions} left after {runs}: {shown}")?;
        }
    }
    Ok(())
}
