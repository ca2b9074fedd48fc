//! Reads `[[nat]]` and `[[firewall]]`.

use std::net::{IpAddr, Ipv4Addr};

use crate::middlebox::{
    Allowed, Dependence, FilterScope, FirewallConfig, Hairpin, NatConfig, NatTimeouts,
    PortAssignment,
};
use crate::scenario::limits::{MAX_SECONDS, seconds};
use crate::scenario::named::Named;
use crate::scenario::{Barrier, BarrierKind, Fields, Links, Problem};

/// Boxes of a scenario: each NAT has an address of its own in a network of 254.
const MAX_BARRIERS: usize = 64;
/// Ports that a firewall leaves.
const MAX_PORTS: usize = 64;

/// Reads the tables, after the links.
pub(super) fn read_all(fields: &mut Fields<'_>, links: &Links) -> Vec<Barrier> {
    let mut named = Named::new(links);
    let mut all = fields.tables("nat", |fields| {
        let (name, place) = named.read(fields);
        Barrier { name, place, kind: BarrierKind::Nat(nat(fields)) }
    });
    all.extend(fields.tables("firewall", |fields| {
        let (name, place) = named.read(fields);
        Barrier { name, place, kind: BarrierKind::Firewall(firewall(fields)) }
    }));
    let name = if fields.has("nat") { "nat" } else { "firewall" };
    fields.at_most(name, all.len(), MAX_BARRIERS);
    all
}

fn nat(fields: &mut Fields<'_>) -> NatConfig {
    let ports = [
        ("preserve", PortAssignment::Preserve),
        ("sequential", PortAssignment::Sequential),
        ("random", PortAssignment::Random),
        ("overload", PortAssignment::Overload),
    ];
    let usual = NatConfig::new([IpAddr::V4(Ipv4Addr::UNSPECIFIED)]);
    let timeout = fields.number("mapping_timeout_s", 1.0..=MAX_SECONDS).map(seconds);
    let udp = timeout.unwrap_or(usual.timeouts.udp);
    NatConfig {
        mapping: fields.need_choice("mapping", &Dependence::WORDS),
        filtering: fields.need_choice("filtering", &Dependence::WORDS),
        // All remotes that a host sent to may send to its reflexive address, by whatever mapping.
        filter_scope: FilterScope::Endpoint,
        ports: fields.choice("ports", &ports).unwrap_or(usual.ports),
        timeouts: NatTimeouts { udp, ..usual.timeouts },
        hairpin: match fields.flag("hairpinning") {
            Some(false) => Hairpin::Refused,
            Some(true) | None => Hairpin::ExternalSource,
        },
        ..usual
    }
}

fn firewall(fields: &mut Fields<'_>) -> FirewallConfig {
    let usual = FirewallConfig::default();
    let open =
        |flag: Option<bool>| if flag == Some(false) { Allowed::Nothing } else { Allowed::All };
    let udp = open(fields.flag("udp"));
    let tcp = open(fields.flag("tcp"));
    let ports = fields.integers("tcp_ports", 1..=u64::from(u16::MAX));
    fields.at_most("tcp_ports", ports.as_ref().map_or(0, Vec::len), MAX_PORTS);
    if ports.is_some() && tcp == Allowed::Nothing {
        fields.fault("tcp_ports", Problem::Excludes("tcp = false"));
    }
    let tcp = match ports {
        Some(ports) => Allowed::Ports(ports.into_iter().map(|port| port as u16).collect()),
        None => tcp,
    };
    let timeout = fields.number("timeout_s", 1.0..=MAX_SECONDS).map(seconds);
    FirewallConfig { udp, tcp, timeout: timeout.unwrap_or(usual.timeout), ..usual }
}
