//! What `lapwing conformance` takes.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use lapwing_rooms::client::DriverKind;

use crate::choice;

const EXAMPLES: &str = "Examples:
  cargo xtask peers                              Installs the other stacks (see --help there)
  lapwing conformance list                       Cases, stacks, and which of them are installed
  lapwing conformance run --peer firefox         One column
  lapwing conformance run --peer pion --case data --case audio
  lapwing conformance run --all                  The whole wall: some 40 minutes
  lapwing conformance run --fast                 The quick part, with what is installed
  lapwing conformance run --peer firefox --case goodput_100ms
                                                 How fast a channel is, both ways
  lapwing conformance run --subject str0m --peer aiortc --case video_vp8
                                                 The same case without Lapwing: whose fault is it?
  lapwing conformance nat --write docs/nat-lab.md
                                                 Calls through NATs, in namespaces (root)
  lapwing conformance report --write             conformance/wall.md and wall.html

Exit codes: 0 all as expected, 1 not all, 2 it could not be run.";

/// Tries Lapwing with every other stack, and says what came of it.
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the wall.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lists cases and stacks.
    List(ListArgs),
    /// Plays cases with stacks.
    Run(RunArgs),
    /// Shows what the last runs came to.
    Report(ReportArgs),
    /// Calls through NATs of the kernel, with relays between: docs/nat-lab.md.
    Nat(NatArgs),
    /// Is one end of a case: speaks the protocol of conformance/peers/README.md on standard input
    /// and output.
    Peer(PeerArgs),
}

/// Where things are.
#[derive(Debug, Parser)]
pub struct Scope {
    /// The folder of the stacks.
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../conformance/peers"))]
    pub peers: PathBuf,
    /// Where `cargo xtask peers` installed them.
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/peers"))]
    pub homes: PathBuf,
    /// Where outcomes and evidence are kept.
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/wall"))]
    pub out: PathBuf,
}

/// What `list` takes.
#[derive(Debug, Parser)]
pub struct ListArgs {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// Where things are.
    #[command(flatten)]
    pub scope: Scope,
}

/// What `run` takes.
#[derive(Debug, Parser)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["all", "fast", "peer", "case"]))]
pub struct RunArgs {
    /// All stacks that are installed, all cases.
    #[arg(long)]
    pub all: bool,
    /// All stacks that are installed, the cases of the quick part.
    #[arg(long, conflicts_with = "all")]
    pub fast: bool,
    /// This stack (may be repeated).
    #[arg(long, value_name = "NAME")]
    pub peer: Vec<String>,
    /// This case (may be repeated).
    #[arg(long, value_name = "NAME")]
    pub case: Vec<String>,
    /// The stack that the others meet.
    #[arg(long, value_name = "NAME", default_value = "lapwing-mio")]
    pub subject: String,
    /// Columns at a time.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=8))]
    pub jobs: u16,
    /// What losses are drawn from.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// A list of known failures instead of conformance/expectations.toml.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../conformance/expectations.toml"))]
    pub expectations: PathBuf,
    /// One line of JSON for each cell.
    #[arg(long)]
    pub json: bool,
    /// Where things are.
    #[command(flatten)]
    pub scope: Scope,
}

/// What `report` takes.
#[derive(Debug, Parser)]
pub struct ReportArgs {
    /// Writes wall.md and wall.html into this folder instead of printing the former.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../conformance"))]
    pub write: Option<PathBuf>,
    /// The outcomes as JSON.
    #[arg(long, conflicts_with = "write")]
    pub json: bool,
    /// A list of known failures instead of conformance/expectations.toml.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../conformance/expectations.toml"))]
    pub expectations: PathBuf,
    /// Where things are.
    #[command(flatten)]
    pub scope: Scope,
}

/// What `nat` takes.
#[derive(Debug, Parser)]
pub struct NatArgs {
    /// Only rows whose line has this word in it, as "Firefox" or "TURN/TLS" (may be repeated: all
    /// of them).
    #[arg(long, value_name = "WORD")]
    pub only: Vec<String>,
    /// Writes the table into this file.
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// Where logs and records are kept.
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/nat"))]
    pub out: PathBuf,
}

/// What `peer` takes.
#[derive(Debug, Parser)]
pub struct PeerArgs {
    /// The runtime that its sockets wait in.
    #[arg(long, value_parser = choice::driver(), default_value = DriverKind::Mio.name())]
    pub driver: DriverKind,
}
