//! The command line: subcommands and nothing else. Each lives in a module of its own, which has an
//! `Args` (what it takes) and a `run(Args) -> Outcome` (what it does).

use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lapwing_rooms::text;
use tracing_subscriber::EnvFilter;

use crate::outcome::Outcome;
use crate::{call, conformance, demo, explore, join, logging, replay, serve, sim, transfer};

/// The environment variable that says what is logged.
const LOG: &str = "LAPWING_LOG";

const ENVIRONMENT: &str = "Environment:
  LAPWING_LOG=warn    What is logged, to the standard error output: error, warn, info, debug or
                      trace, for all or by module: LAPWING_LOG=info,lapwing_engine=debug. Passwords,
                      keys and what people say are never logged; of the libraries below only
                      warnings and errors are";

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
    Conformance(conformance::Args),
}

impl Command {
    /// Whether its process repeats runs, with the system's randomness and clock replaced. All
    /// others make secrets, or measure time.
    fn repeats(&self) -> bool {
        match self {
            Command::Sim(_) | Command::Replay(_) => true,
            Command::Serve(_)
            | Command::Call(_)
            | Command::Send(_)
            | Command::Receive(_)
            | Command::Demo(_)
            | Command::Plot(_)
            | Command::Conformance(_) => false,
        }
    }

    fn run(self) -> Outcome {
        #[cfg(target_os = "linux")]
        if !self.repeats() {
            lapwing_simnet::system::keep()?;
        }
        match self {
            Command::Serve(args) => serve::run(args),
            Command::Call(args) => call::run(*args),
            Command::Send(args) => transfer::send(args),
            Command::Receive(args) => transfer::receive(args),
            Command::Demo(args) => demo::run(args),
            Command::Sim(args) => sim::run(args),
            Command::Plot(args) => sim::plot(args),
            Command::Replay(args) => replay::run(args),
            Command::Conformance(args) => conformance::run(args),
        }
    }
}

/// Parses the command line and runs the subcommand: all of `main`.
pub fn main() -> ExitCode {
    let args = Args::parse();
    log();
    let outcome = args.command.run();
    if join::has_panicked() {
        return ExitCode::from(join::PANICKED_STATUS);
    }
    match outcome {
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
    let wall = error.downcast_ref().map(conformance::ConformanceError::exit_code);
    sim.or(replay).or(explore).or(wall).unwrap_or(ExitCode::FAILURE)
}

fn log() {
    let wanted = std::env::var(LOG).unwrap_or_else(|_| "error".to_owned());
    let filter = EnvFilter::try_new(&wanted).unwrap_or_else(|error| {
        eprintln!("lapwing: {LOG}={wanted:?} is not understood, only errors are logged: {error}");
        EnvFilter::new("error")
    });
    let ansi = std::io::stderr().is_terminal();
    let subscriber = logging::subscriber(filter, std::io::stderr, ansi);
    tracing::subscriber::set_global_default(subscriber)
        .expect("nothing else in the program takes events");
}

fn report(error: &dyn Error) {
    eprintln!("lapwing: {}", text::lines(&error.to_string()));
    let mut source = error.source();
    while let Some(error) = source {
        eprintln!("  because: {}", text::lines(&error.to_string()));
        source = error.source();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use clap::Parser;
    use lapwing_simnet::system;

    use super::Args;

    /// Set in the process that replaces its system.
    const CHILD: &str = "LAPWING_REPLACED";

    const REFUSED: &str = "REFUSED ";

    /// Subcommands that make secrets, with what they cannot be without.
    const COMMANDS: [&[&str]; 4] = [
        &["serve"],
        &["call", "http://127.0.0.1:1/r/room"],
        &["send", "no-such-file", "http://127.0.0.1:1/r/room"],
        &["receive", "http://127.0.0.1:1/r/room"],
    ];

    #[test]
    fn with_a_replaced_system_nothing_is_begun_that_makes_secrets() {
        if std::env::var_os(CHILD).is_some() {
            system::replace();
            for words in COMMANDS {
                let words = [&["lapwing"], words].concat();
                let args = Args::try_parse_from(words).expect("the words are right");
                let refused = args.command.run().expect_err("it makes secrets");
                assert!(refused.is::<system::Replaced>(), "{refused}");
                println!("{REFUSED}{refused}");
            }
            return;
        }
        let test = "args::tests::with_a_replaced_system_nothing_is_begun_that_makes_secrets";
        let output = std::process::Command::new(std::env::current_exe().expect("a binary"))
            .args([test, "--exact", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .expect("the test binary starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let refused = text.matches(REFUSED).count();
        assert_eq!(refused, COMMANDS.len(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    }
}
