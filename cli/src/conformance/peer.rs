//! `lapwing conformance peer`: Lapwing as one of the peer programs.

use lapwing_conformance::agent::run;

use crate::args::Outcome;
use crate::client::{DriverKind, end_on_panic};

/// Be a peer: take requests as lines of JSON from the standard input, and answer on the standard output. The protocol
/// stands in conformance/peers/README.md.
#[derive(Debug, clap::Args)]
pub struct PeerArgs {
    /// The runtime that its sockets wait in.
    #[arg(long, value_enum, default_value_t)]
    driver: DriverKind,
}

/// Runs until it is told to end.
pub(super) fn run(args: &PeerArgs) -> Outcome {
    end_on_panic();
    let name = format!("lapwing-{}", args.driver.name());
    match args.driver {
        DriverKind::Mio => run::run_mio(&name)?,
        DriverKind::Smol => run::run_smol(&name)?,
        DriverKind::Tokio => run::run_tokio(&name)?,
    }
    Ok(())
}
