//! `lapwing conformance peer`: Lapwing as one of the peer programs.

use lapwing_conformance::agent::run;
use lapwing_rooms::client::DriverKind;

use super::PeerArgs;
use crate::join::end_on_panic;
use crate::outcome::Outcome;

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
