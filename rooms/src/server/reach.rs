//! By which addresses and names a server is reached.

use std::net::{IpAddr, SocketAddr};

use super::access::literal;

/// The addresses listened on; for a wildcard, those of this machine in its family by which others
/// reach it.
pub fn reachable(listen: &[SocketAddr]) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for listen in listen.iter().map(|listen| listen.ip().to_canonical()) {
        if !listen.is_unspecified() {
            addresses.push(listen);
            continue;
        }
        let interfaces = lapwing_drivers::interfaces().unwrap_or_default();
        let usable = interfaces.iter().filter(|interface| interface.is_usable());
        let all = usable.map(|interface| interface.address);
        // A socket on the wildcard of IPv6 takes what comes by IPv4 as well.
        let same_family = |address: &IpAddr| listen.is_ipv6() || address.is_ipv4();
        addresses.extend(all.filter(|address| !address.is_loopback() && same_family(address)));
    }
    addresses.dedup();
    addresses
}

/// How links name this server: first as this machine does, then as others can. IPv6 addresses stand
/// in brackets.
pub fn hosts(listen: &[SocketAddr]) -> Vec<String> {
    let mut hosts = Vec::new();
    for address in listen.iter().map(|listen| listen.ip()) {
        if address.is_unspecified() {
            hosts.push("localhost".to_owned());
            hosts.extend(reachable(&[SocketAddr::new(address, 0)]).into_iter().map(literal));
        } else {
            hosts.push(literal(address));
        }
    }
    hosts
}
