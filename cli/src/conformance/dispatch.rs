//! Sends a subcommand to its module.

use super::{Args, Command, list, nat, peer, report};
use crate::outcome::Outcome;

/// Runs a subcommand of the wall.
///
/// # Errors
/// See [`super::ConformanceError`].
pub fn run(args: Args) -> Outcome {
    match args.command {
        Command::List(args) => Ok(list::list(&args)?),
        Command::Run(args) => Ok(super::run::run(&args)?),
        Command::Report(args) => Ok(report::report(&args)?),
        Command::Nat(args) => Ok(nat::nat(&args)?),
        Command::Peer(args) => peer::run(&args),
    }
}
