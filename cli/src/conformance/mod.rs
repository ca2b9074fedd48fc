//! `lapwing conformance`: the wall of other stacks that Lapwing is tried with.

mod args;
mod peer;

pub use args::Args;

use crate::args::Outcome;
use args::Command;

/// Runs the subcommand.
pub(crate) fn run(args: Args) -> Outcome {
    match args.command {
        Command::Peer(args) => peer::run(&args),
    }
}
