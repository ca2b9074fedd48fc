//! Sends a subcommand to its module.

use super::repeatable::repeatable;
use super::{Args, Command, check, list, suite};
use crate::args::Outcome;
use crate::explore;

/// Runs a subcommand of the laboratory.
///
/// # Errors
/// See [`super::SimError`] and [`explore::ExploreFailure`].
pub fn run(args: Args) -> Outcome {
    let done = match args.command {
        Command::Check(args) => check::check(&args),
        Command::List(args) => list::list(&args),
        Command::Run(args) => repeatable(|| super::run::run(&args)),
        Command::Suite(args) => suite::suite(&args),
        Command::Explore(args) => return explore::run(args),
    };
    Ok(done?)
}
