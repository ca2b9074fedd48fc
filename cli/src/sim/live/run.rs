//! A live run from start to end.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::thread::sleep;
use std::time::{Duration, Instant};

use lapwing_conformance::live::{Live, Plan, Program};
use lapwing_rooms::disk::{self, Secrecy};
use lapwing_simnet::passage::left_out;

use super::super::{SimError, find, record, show};
use super::report::{self, Report};
use super::signals::Signals;
use super::{LiveArgs, LiveError};
use crate::outcome::Outcome;

/// Between two looks at the command.
const LOOK: Duration = Duration::from_millis(10);
/// What a program has to end by itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// How the command ended.
enum End {
    /// By itself.
    Itself(ExitStatus),
    /// The time was over.
    TimeOver,
    /// Somebody wanted an end.
    Interrupted,
    /// The network broke.
    Broken,
}

/// Runs a command in a scenario.
///
/// # Errors
/// [`SimError`] for what is wrong with the scenario or a folder; [`LiveError`].
pub(in super::super) fn run(args: &LiveArgs) -> Outcome {
    let text = find::text(&args.scenario)?;
    let mut scenario = find::Found { name: &args.scenario, text: &text, changes: &[] }.read()?;
    let left_out = left_out(&scenario);
    if !left_out.is_empty() {
        show::tell(&format!("not live: {}", left_out.join("; ")));
    }
    if let Some(seconds) = args.seconds {
        scenario.meta.duration = Duration::from_secs_f64(seconds);
    }
    let duration = scenario.meta.duration;
    let seed = args.seed.or_else(|| scenario.meta.seeds.first().copied()).unwrap_or(1);
    let plan = Plan { scenario, between: args.between(), seed };
    plan.passage().map_err(LiveError::Scenario)?;
    let capture = args.out.as_deref().map(|folder| capture(folder, args)).transpose()?.flatten();
    let signals = system("signals cannot be taken", Signals::take())?;
    let mut live = Live::create().map_err(LiveError::Machine)?;
    let mut peer = start_peer(args, &live)?;
    if peer.is_some() {
        sleep(Duration::from_secs_f64(args.lead));
    }
    system("packets cannot pass", live.begin(plan, capture))?;
    let name = args.command.first().map(|name| name.to_string_lossy().into_owned());
    let fault = |error| LiveError::Program(name.unwrap_or_default(), error);
    let mut command = Program::start(&live, 0, &args.command, false).map_err(fault)?;
    let end = wait(&mut command, &live, &signals, duration);
    command.end(PATIENCE);
    if let Some(peer) = &mut peer {
        peer.end(PATIENCE);
    }
    if matches!(end, End::Broken) {
        return Err(LiveError::Broken.into());
    }
    let carried = live.finish().ok_or(LiveError::Broken)?;
    let bounds =
        [args.error_max_ms, args.error_peak_ms].map(|ms| Duration::from_secs_f64(ms / 1e3));
    let status = match &end {
        End::Itself(status) => status.code(),
        _ => None,
    };
    let report = Report::new(carried, status, bounds);
    report.print(args.json);
    if let Some(folder) = &args.out {
        report.write(folder)?;
    }
    Ok(judge(end, report.faults)?)
}

fn judge(end: End, faults: Vec<String>) -> Result<(), LiveError> {
    match end {
        End::Itself(status) if !status.success() => Err(LiveError::Command(status)),
        End::Interrupted => Err(LiveError::Interrupted),
        End::Broken => Err(LiveError::Broken),
        End::Itself(_) | End::TimeOver if faults.is_empty() => Ok(()),
        End::Itself(_) | End::TimeOver => Err(LiveError::Inconclusive(faults)),
    }
}

fn system<T>(what: &'static str, done: io::Result<T>) -> Result<T, LiveError> {
    done.map_err(|error| LiveError::System(what, error))
}

/// Empties the folder of what an earlier run left, and gives the file of the capture and its limit.
fn capture(folder: &Path, args: &LiveArgs) -> Result<Option<(File, u64)>, SimError> {
    record::clear(folder)?;
    let path = folder.join(report::SUMMARY);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(SimError::File(path, error));
        }
        _ => {}
    }
    if args.no_pcap {
        return Ok(None);
    }
    let path = folder.join(record::CAPTURE);
    let file = disk::create(&path, Secrecy::Secret);
    let file = file.map_err(|error| SimError::File(path, error))?;
    Ok(Some((file, args.log_limit.saturating_mul(1_000_000))))
}

fn start_peer(args: &LiveArgs, live: &Live) -> Result<Option<Program>, LiveError> {
    let Some(line) = &args.peer_command else { return Ok(None) };
    let words = ["sh", "-c", line].map(Into::into);
    let peer = Program::start(live, 1, &words, true);
    Ok(Some(peer.map_err(|error| LiveError::Program("sh".to_owned(), error))?))
}

/// Waits for the end of the command, of the time, or of patience.
fn wait(command: &mut Program, live: &Live, signals: &Signals, most: Duration) -> End {
    let begun = Instant::now();
    loop {
        match command.ended() {
            Ok(Some(status)) => return End::Itself(status),
            Ok(None) => {}
            Err(_) => return End::Broken,
        }
        if signals.came() {
            return End::Interrupted;
        }
        if live.is_broken() {
            return End::Broken;
        }
        if begun.elapsed() >= most {
            return End::TimeOver;
        }
        sleep(LOOK);
    }
}
