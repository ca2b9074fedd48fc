//! What `lapwing conformance` takes.

use clap::Subcommand;

use super::peer::PeerArgs;

/// Try Lapwing with other WebRTC stacks.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Peer(PeerArgs),
}
