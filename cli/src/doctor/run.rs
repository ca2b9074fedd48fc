//! Asks the servers, and says what is wrong.

use std::time::Duration;

use lapwing_engine::{
    Config, Diagnosis, IceScheme, NatOutcome, NatReport, Protocol, ServerOutcome, ServerReport,
};
use serde_json::{Value, json};

use super::args::Args;
use crate::ice::{IceError, gather};
use crate::outcome::Outcome;

/// Asks the servers, and says what is wrong.
///
/// # Errors
/// [`IceError`].
pub fn run(args: Args) -> Outcome {
    let mut config = args.servers.config()?;
    add_probes(&mut config, &args)?;
    config.probe_nat = true;
    let patience = Duration::from_secs(args.servers.seconds);
    let diagnosis = gather(config, patience, |_, _| {}).map_err(IceError::System)?;
    if args.json {
        println!("{}", as_json(&diagnosis));
    } else {
        print(&diagnosis);
    }
    match diagnosis.findings.len() {
        0 => Ok(()),
        count => Err(IceError::Findings(count).into()),
    }
}

/// Relays that are named by UDP are asked by TCP too: what answers by one of them only says more.
fn add_probes(config: &mut Config, args: &Args) -> Result<(), IceError> {
    let given = config.ice_servers.iter().flat_map(|server| server.urls());
    let by_udp =
        given.filter(|url| url.scheme() == IceScheme::Turn && url.protocol() == Protocol::Udp);
    let by_tcp: Vec<String> = by_udp
        .map(|url| format!("turn:{}?transport=tcp", url.authority()))
        .filter(|url| !args.servers.urls.contains(url))
        .collect();
    config.ice_servers.extend(args.servers.servers(by_tcp.iter().map(String::as_str))?);
    Ok(())
}

fn print(diagnosis: &Diagnosis) {
    println!("Interfaces");
    for interface in &diagnosis.interfaces {
        println!("  {interface}");
    }
    println!("Servers");
    for server in &diagnosis.servers {
        println!("  {} from {}: {}", server.url, server.local.ip(), words(&server.outcome));
    }
    if !diagnosis.nat.is_empty() {
        println!("NAT");
    }
    for nat in &diagnosis.nat {
        println!("  {} from {}: {}", nat.url, nat.local.ip(), nat.outcome);
    }
    println!("Candidates");
    for candidate in &diagnosis.local_candidates {
        println!("  {candidate}");
    }
    if diagnosis.findings.is_empty() {
        println!("Nothing is wrong.");
    } else {
        println!("Findings");
        for finding in &diagnosis.findings {
            println!("  - {finding}");
        }
    }
}

fn words(outcome: &ServerOutcome) -> String {
    match outcome {
        ServerOutcome::Asking => "no answer yet".to_owned(),
        ServerOutcome::NameUnknown => "the name has no address".to_owned(),
        ServerOutcome::Unreachable(fault) => fault.to_string(),
        ServerOutcome::Failed(fault) => fault.to_string(),
        ServerOutcome::Mapped { address, round_trip } => {
            let time = round_trip.map(|it| format!(" in {:.1} ms", it.as_secs_f64() * 1e3));
            format!("sees us at {address}{}", time.unwrap_or_default())
        }
        ServerOutcome::Allocated { relayed, mapped } => {
            let relayed: Vec<String> = relayed.iter().map(ToString::to_string).collect();
            let seen = mapped.map(|address| format!(", sees us at {address}"));
            format!("relays at {}{}", relayed.join(" and "), seen.unwrap_or_default())
        }
        ServerOutcome::Duplicate => "the same server as another".to_owned(),
        _ => "something else".to_owned(),
    }
}

fn as_json(diagnosis: &Diagnosis) -> Value {
    let server = |server: &ServerReport| {
        json!({
            "url": server.url.to_string(),
            "from": server.local.to_string(),
            "to": server.remote.map(|address| address.to_string()),
            "reached": server.outcome.is_reached(),
            "outcome": words(&server.outcome),
            "mapped": server.outcome.mapped().map(|address| address.to_string()),
        })
    };
    let nat = |nat: &NatReport| {
        let told = match &nat.outcome {
            NatOutcome::Told(told) => Some(*told),
            _ => None,
        };
        json!({
            "url": nat.url.to_string(),
            "from": nat.local.to_string(),
            "to": nat.remote.to_string(),
            "mapping": told.map(|told| told.mapping.to_string()),
            "filtering": told.map(|told| told.filtering.to_string()),
            "outcome": nat.outcome.to_string(),
        })
    };
    let texts = |all: &mut dyn Iterator<Item = String>| all.collect::<Vec<String>>();
    json!({
        "interfaces": texts(&mut diagnosis.interfaces.iter().map(ToString::to_string)),
        "servers": diagnosis.servers.iter().map(server).collect::<Vec<Value>>(),
        "nat": diagnosis.nat.iter().map(nat).collect::<Vec<Value>>(),
        "candidates": texts(&mut diagnosis.local_candidates.iter().map(ToString::to_string)),
        "findings": texts(&mut diagnosis.findings.iter().map(ToString::to_string)),
    })
}
