//! The command line: subcommands and nothing else. Each lives in a module of its own, which has an
//! `Args` (what it takes) and a `run(Args) -> Outcome` (what it does).

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{call, demo, serve, transfer};

/// What a subcommand comes to. The error is shown to the person at the terminal, with its sources.
pub type Outcome = Result<(), Box<dyn Error>>;

/// WebRTC rooms, calls and file transfers from the command line.
#[derive(Debug, Parser)]
#[command(name = "lapwing", version, propagate_version = true)]
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
}

impl Command {
    fn run(self) -> Outcome {
        match self {
            Command::Serve(args) => serve::run(args),
            Command::Call(args) => call::run(*args),
            Command::Send(args) => transfer::send(args),
            Command::Receive(args) => transfer::receive(args),
            Command::Demo(args) => demo::run(args),
        }
    }
}

/// Parses the command line and runs the subcommand: all of `main`.
pub fn main() -> ExitCode {
    match Args::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn report(error: &dyn Error) {
    eprintln!("lapwing: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        eprintln!("  because: {error}");
        source = error.source();
    }
}
