//! `lapwing replay`, from the file to the state at the end.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Divergence, Entry, Exactness, ReadError, RecordingReader, ReplayError, Replayer,
};
use lapwing_rooms::text::{self, count};
use serde_json::json;

use super::args::Args;
use super::error::{LOG_BYTES_MAX, ReplayFailure};
use super::line::Line;
use super::state::State;
use crate::outcome::Outcome;

/// How far back the start of the connection is laid at most: libraries take what is an hour old for
/// the beginning of time.
const LEAD_MAX: Duration = Duration::from_secs(1800);

/// What a replay came to.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplaySummary {
    /// Outputs that were compared.
    pub outputs: u64,
    /// Rounds of outputs that were not as they were.
    pub diverged: u64,
    /// The first output that was not.
    pub first: Option<Divergence>,
    /// Why the log could not be read on, where it could not.
    pub fault: Option<ReadError>,
    /// The state at the end; none when the log cannot be replayed.
    pub state: Option<State>,
}

/// Replays, tells, and fails when something is not as it was.
///
/// # Errors
/// See [`ReplayFailure`].
pub fn run(args: Args) -> Outcome {
    let log = read(&args.file)?;
    let mut out = io::stdout();
    let summary = replay(&args, &log, &mut out)?;
    tell(&args, &summary, &mut out)?;
    if let Some(error) = summary.fault {
        return Err(ReplayFailure::Log(args.file, error).into());
    }
    match summary.first {
        Some(divergence) => Err(ReplayFailure::Diverged(divergence).into()),
        None => Ok(()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ReplayFailure> {
    let fault = |error| ReplayFailure::File(path.to_owned(), error);
    let file = File::open(path).map_err(fault)?;
    let mut log = Vec::new();
    file.take(LOG_BYTES_MAX + 1).read_to_end(&mut log).map_err(fault)?;
    if log.len() as u64 > LOG_BYTES_MAX {
        let size = std::fs::metadata(path).map_or(log.len() as u64, |found| found.len());
        return Err(ReplayFailure::TooLarge(path.to_owned(), size));
    }
    Ok(log)
}

/// Replays the bytes of a log and writes a line for each thing that happens.
///
/// # Errors
/// What `out` gives. Faults of the log are in the summary.
pub fn replay(args: &Args, log: &[u8], out: &mut impl Write) -> io::Result<ReplaySummary> {
    let exactness = if args.exact { Exactness::Bytes } else { Exactness::Shapes };
    match Replayer::new(log, base(log), exactness) {
        Ok(replayer) => feed(args, replayer, out),
        Err(ReplayError::LeftOut(_)) => list(args, log, out),
        Err(ReplayError::Read(error)) => Ok(ReplaySummary { fault: Some(error), ..nothing() }),
        Err(other) => Err(io::Error::other(other)),
    }
}

/// When the connection is to have begun. The transport counts the time to the first retransmission
/// of data channels from the moment at which it draws its identity, by the system's clock: that
/// moment is now.
fn base(log: &[u8]) -> Instant {
    let now = Instant::now();
    let entries = RecordingReader::new(log).into_iter().flatten().map_while(Result::ok);
    let mut begins = entries.filter(|timed| matches!(timed.entry, Entry::TransportIdentity { .. }));
    let before = begins.next().map_or(Duration::ZERO, |timed| timed.at);
    now.checked_sub(before.min(LEAD_MAX)).unwrap_or(now)
}

const fn nothing() -> ReplaySummary {
    ReplaySummary { outputs: 0, diverged: 0, first: None, fault: None, state: None }
}

fn feed(
    args: &Args,
    mut replayer: Replayer<'_>,
    out: &mut impl Write,
) -> io::Result<ReplaySummary> {
    let mut summary = nothing();
    let mut at = Duration::ZERO;
    loop {
        if let (Some(until), Some(next)) = (args.until, replayer.next_at())
            && next > until
        {
            at = until;
            break;
        }
        let Some(step) = replayer.step() else { break };
        let step = match step {
            Ok(step) => step,
            Err(error) => {
                summary.fault = Some(error);
                break;
            }
        };
        at = step.entry.at;
        show(args, Line::of_entry(at, &step.entry.entry), out)?;
        for output in &step.outputs {
            show(args, Some(Line::of_output(at, output)), out)?;
        }
        if let Some(divergence) = step.divergence {
            summary.diverged += 1;
            summary.first.get_or_insert(divergence);
        }
    }
    summary.outputs = replayer.outputs();
    summary.state = Some(State::of(replayer.rtc(), at));
    Ok(summary)
}

/// Lists a log from which keys or payload were left out.
fn list(args: &Args, log: &[u8], out: &mut impl Write) -> io::Result<ReplaySummary> {
    let mut summary = nothing();
    let reader = match RecordingReader::new(log) {
        Ok(reader) => reader,
        Err(error) => return Ok(ReplaySummary { fault: Some(error), ..summary }),
    };
    for timed in reader {
        let timed = match timed {
            Ok(timed) => timed,
            Err(error) => {
                summary.fault = Some(error);
                break;
            }
        };
        if args.until.is_some_and(|until| timed.at > until) {
            break;
        }
        show(args, Line::of_entry(timed.at, &timed.entry), out)?;
        if let Entry::Outputs { summaries, .. } = &timed.entry {
            for output in summaries.iter() {
                show(args, Some(Line::of_summary(timed.at, output)), out)?;
            }
        }
    }
    Ok(summary)
}

fn show(args: &Args, line: Option<Line>, out: &mut impl Write) -> io::Result<()> {
    match line {
        Some(line) if args.all || !line.frequent => match args.json {
            true => writeln!(out, "{}", text::json(&line.json().to_string())),
            false => writeln!(out, "{}", text::line(&line.text())),
        },
        _ => Ok(()),
    }
}

fn tell(args: &Args, summary: &ReplaySummary, out: &mut impl Write) -> io::Result<()> {
    let ReplaySummary { outputs, diverged, first, fault, state } = summary;
    if args.json {
        let first = first.map(|first| first.to_string());
        let fault = fault.map(|fault| fault.to_string());
        let end = json!({
            "event": "end", "replayed": state.is_some(), "outputs": outputs,
            "diverged": diverged, "first": first, "fault": fault, "state": state,
        });
        return writeln!(out, "{}", text::json(&end.to_string()));
    }
    match state {
        Some(state) => {
            writeln!(out, "{}", text::lines(&state.to_string()))?;
            let (outputs, diverged) = (count(*outputs, "output"), count(*diverged, "round"));
            writeln!(out, "{outputs} compared, {diverged} with differences")
        }
        None if fault.is_none() => {
            writeln!(out, "keys or payload were left out of this log: it was listed, not replayed")
        }
        None => Ok(()),
    }
}
