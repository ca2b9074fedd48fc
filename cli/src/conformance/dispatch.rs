//! Sends a subcommand to its module.

use super::{Args, Command, peer};
use crate::args::Outcome;

/// Runs a subcommand of the wall.
///
/// # Errors
/// Those of the subcommand.
pub fn run(args: Args) -> Outcome {
    match args.command {
        Command::Peer(args) => peer::run(&args),
    }
}
