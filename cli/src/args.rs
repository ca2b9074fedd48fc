//! The command line: subcommands and nothing else. Each lives in a module of its own, which has an
//! `Args` (what it takes) and a `run(Args) -> Outcome` (what it does).

use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lapwing_rooms::text;
use lapwing_simnet::Parts;
use tracing_subscriber::EnvFilter;

use crate::outcome::Outcome;
use crate::{
    call, conformance, demo, devices, doctor, explore, ice, join, logging, replay, serve, sim,
    transfer, turn,
};

/// The environment variable that says what is logged.
pub(crate) const LOG: &str = "LAPWING_LOG";

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
    Turn(Box<turn::Args>),
    Call(Box<call::Args>),
    Send(transfer::SendArgs),
    Receive(transfer::ReceiveArgs),
    Ice(ice::Args),
    Devices(devices::Args),
    Doctor(doctor::Args),
    Demo(demo::Args),
    Sim(sim::Args),
    Plot(sim::PlotArgs),
    Replay(replay::Args),
    Conformance(conformance::Args),
}

impl Command {
    fn run(self) -> Outcome {
        match self {
            Command::Serve(args) => serve::run(args),
            Command::Turn(args) => turn::run(*args),
            Command::Call(args) => call::run(*args),
            Command::Send(args) => transfer::send(args),
            Command::Receive(args) => transfer::receive(args),
            Command::Ice(args) => ice::run(args),
            Command::Devices(args) => devices::run(&args),
            Command::Doctor(args) => doctor::run(args),
            Command::Demo(args) => demo::run(args),
            Command::Sim(args) => sim::run(args),
            Command::Plot(args) => sim::plot(args),
            Command::Replay(args) => replay::run(args),
            Command::Conformance(args) => conformance::run(args),
        }
    }
}

/// The whole program, with parts of one's own that scenarios of `lapwing sim` can name: all of
/// `main` in a laboratory of one's own.
///
/// ```no_run
/// use std::process::ExitCode;
/// use lapwing_simnet::Parts;
/// use lapwing_simnet::queues::TailDrop;
///
/// fn main() -> ExitCode {
///     let parts = Parts::new().queue("mine", |_, limit, _| Box::new(TailDrop::new(limit)));
///     lapwing::args::main_with(parts)
/// }
/// ```
pub fn main_with(parts: Parts) -> ExitCode {
    sim::bring(parts);
    main()
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
    let live = error.downcast_ref().map(sim::LiveError::exit_code);
    let replay = error.downcast_ref().map(replay::ReplayFailure::exit_code);
    let explore = error.downcast_ref().map(explore::ExploreFailure::exit_code);
    let wall = error.downcast_ref().map(conformance::ConformanceError::exit_code);
    let ice = error.downcast_ref().map(ice::IceError::exit_code);
    sim.or(live).or(replay).or(explore).or(wall).or(ice).unwrap_or(ExitCode::FAILURE)
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
