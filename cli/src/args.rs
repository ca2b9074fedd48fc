//! The command line: subcommands and nothing else. Each lives in a module of its own, which has an
//! `Args` (what it takes) and a `run(Args) -> Outcome` (what it does).

use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::{call, demo, explore, replay, serve, sim, transfer};

/// What a subcommand comes to. The error is shown to the person at the terminal, with its sources.
pub type Outcome = Result<(), Box<dyn Error>>;

/// The environment variable that says what is logged.
const LOG: &str = "LAPWING_LOG";

const ENVIRONMENT: &str = "Environment:
  LAPWING_LOG=warn    What is logged, to the standard error output: error, warn, info, debug or
                      trace, for all or by module: LAPWING_LOG=info,lapwing_engine=debug.
                      What could hold passwords or messages is never logged";

/// WebRTC rooms, calls and file transfers from the command line.
#[derive(Debug, Parser)]
#[command(name = "lapwing", version, propagate_version = true, after_help = ENVIRONMENT)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Call(Box<call::Args>),
    Send(transfer::SendArgs),
    Receive(transfer::ReceiveArgs),
    Demo(demo::Args),
    Sim(sim::Args),
    Plot(sim::PlotArgs),
    Replay(replay::Args),
}

impl Command {
    fn run(self) -> Outcome {
        match self {
            Command::Serve(args) => serve::run(args),
            Command::Call(args) => call::run(*args),
            Command::Send(args) => transfer::send(args),
            Command::Receive(args) => transfer::receive(args),
            Command::Demo(args) => demo::run(args),
            Command::Sim(args) => sim::run(args),
            Command::Plot(args) => sim::plot(args),
            Command::Replay(args) => replay::run(args),
        }
    }
}

/// Parses the command line and runs the subcommand: all of `main`.
pub fn main() -> ExitCode {
    let args = Args::parse();
    log();
    match args.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            exit_code(error.as_ref())
        }
    }
}

/// Some subcommands tell apart what went wrong.
fn exit_code(error: &(dyn Error + 'static)) -> ExitCode {
    let sim = error.downcast_ref().map(sim::SimError::exit_code);
    let replay = error.downcast_ref().map(replay::ReplayFailure::exit_code);
    let explore = error.downcast_ref().map(explore::ExploreFailure::exit_code);
    sim.or(replay).or(explore).unwrap_or(ExitCode::FAILURE)
}

fn log() {
    let wanted = std::env::var(LOG).unwrap_or_else(|_| "error".to_owned());
    let filter = EnvFilter::try_new(&wanted).unwrap_or_else(|error| {
        eprintln!("lapwing: {LOG}={wanted:?} is not understood, only errors are logged: {error}");
        EnvFilter::new("error")
    });
    let ansi = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(ansi)
        .finish()
        .with(filter_fn(|metadata| !tells_secrets(metadata.target(), metadata.level())))
        .init();
}

/// Libraries that write what passes through them into their finer logs: ICE passwords, keys, and what
/// people say to each other.
const TALKATIVE: [&str; 6] = ["dimpl", "hyper", "is", "sctp_proto", "str0m", "tungstenite"];

/// Whether a log of this module and level may hold secrets, whatever the person asked for.
fn tells_secrets(target: &str, level: &Level) -> bool {
    let library = target.split("::").next().unwrap_or_default();
    *level > Level::INFO && TALKATIVE.contains(&library)
}

fn report(error: &dyn Error) {
    eprintln!("lapwing: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        eprintln!("  because: {error}");
        source = error.source();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_that_may_hold_secrets_are_never_written() {
        for target in ["is::agent", "str0m", "str0m::sctp", "sctp_proto::association"] {
            assert!(tells_secrets(target, &Level::DEBUG) && tells_secrets(target, &Level::TRACE));
            assert!(!tells_secrets(target, &Level::INFO) && !tells_secrets(target, &Level::ERROR));
        }
        assert!(!tells_secrets("lapwing::serve", &Level::TRACE));
        assert!(!tells_secrets("island", &Level::TRACE));
    }
}
