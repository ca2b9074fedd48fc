//! Prints candidates as they are found.

use std::collections::BTreeSet;
use std::time::Duration;

use lapwing_engine::ServerOutcome;

use super::args::Args;
use super::error::IceError;
use super::gather::{Gathered, gather, to_json};
use crate::outcome::Outcome;

/// Gathers from the given servers.
///
/// # Errors
/// [`IceError`].
pub fn run(args: Args) -> Outcome {
    let config = args.servers.config()?;
    let patience = Duration::from_secs(args.servers.seconds);
    if !args.json {
        println!("   time  type   protocol  address");
    }
    let diagnosis = gather(config, patience, |at, gathered| {
        if args.json {
            println!("{}", to_json(at, &gathered));
        } else {
            println!("{:6.3} s {}", at.as_secs_f64(), line(&gathered));
        }
    });
    let diagnosis = diagnosis.map_err(IceError::System)?;
    let is_of_use =
        |outcome: &ServerOutcome| outcome.is_reached() || *outcome == ServerOutcome::Duplicate;
    let reached = diagnosis.servers.iter().filter(|server| is_of_use(&server.outcome));
    let reached: BTreeSet<String> = reached.map(|server| server.url.to_string()).collect();
    // A server that one of our addresses reaches is of use, whatever became of the others.
    let urls: BTreeSet<&String> = args.servers.urls.iter().collect();
    let useless = urls.into_iter().filter(|url| !reached.contains(*url)).count();
    if useless == 0 { Ok(()) } else { Err(IceError::Useless(useless).into()) }
}

fn line(gathered: &Gathered) -> String {
    match gathered {
        Gathered::Candidate(candidate) => {
            let (kind, protocol) = (candidate.kind.name(), candidate.protocol.to_string());
            let address = candidate.socket_addr().map(|address| address.to_string());
            let related = candidate.related.filter(|related| related.port() != 0);
            let related = related.map(|related| format!("  from {related}")).unwrap_or_default();
            format!("{kind:<6} {protocol:<9} {}{related}", address.unwrap_or_default())
        }
        Gathered::Fault(fault) => {
            format!("error  {}: {} (from {})", fault.url, fault.text, fault.local)
        }
        Gathered::Complete => "complete".to_owned(),
    }
}
