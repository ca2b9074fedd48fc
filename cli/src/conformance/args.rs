//! What `lapwing conformance` takes.

use clap::{Parser, Subcommand};

use crate::client::DriverKind;

/// Tries Lapwing with other WebRTC stacks.
#[derive(Debug, Parser)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the wall.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Is one end of a case: speaks the protocol of conformance/peers/README.md on standard input and output.
    Peer(PeerArgs),
}

/// How to be a peer.
#[derive(Debug, Parser)]
pub struct PeerArgs {
    /// The runtime that its sockets wait in.
    #[arg(long, value_enum, default_value_t)]
    pub driver: DriverKind,
}
