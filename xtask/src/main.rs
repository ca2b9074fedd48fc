//! Set-up and the commands that run all checks of Lapwing.
//!
//! No dependencies on purpose: `cargo xtask` must start in seconds on a fresh clone. The rules that
//! `cargo xtask tidy` checks live in this package's integration tests, so a plain `cargo test` runs
//! them too.

mod args;
mod checks;
mod demo;
mod failures;
mod laboratory;
mod needs;
mod packages;
mod peers;
mod process;
mod python;
mod setup;
mod steps;

use args::Command;
use std::process::ExitCode;

/// A command line that cannot be understood.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match args::parse(&words) {
        Ok(command) => run(command),
        Err(error) => {
            eprintln!("error: {error}\n\n{}", args::HELP);
            ExitCode::from(EXIT_USAGE)
        }
    }
}

fn run(command: Command) -> ExitCode {
    match command {
        Command::Help => {
            println!("{}", args::HELP);
            ExitCode::SUCCESS
        }
        Command::Setup { check_only } => setup::command(check_only),
        Command::Demo { arguments } => demo::command(&arguments),
        Command::Peers { words } => peers::command(&words),
        Command::Python => checks::package_for_python(),
        Command::Tidy => checks::tidy(),
        Command::Test { set_up } => checks::test(set_up),
        Command::Ci { set_up } => checks::ci(set_up),
        Command::Laboratory { set_up } => laboratory::command(set_up),
        Command::Advisories => checks::advisories(),
    }
}
