//! Addresses of this machine.

use std::io;
use std::net::IpAddr;

/// The addresses that candidates are made of: IPv4 first. Loopback only where there is nothing else, link-local never.
///
/// # Errors
/// When the interfaces cannot be listed.
pub fn addresses() -> io::Result<Vec<IpAddr>> {
    let all = if_addrs::get_if_addrs()?;
    let mut usable: Vec<IpAddr> =
        all.iter().filter(|it| !it.is_link_local()).map(|it| it.ip()).collect();
    if usable.iter().any(|ip| !ip.is_loopback()) {
        usable.retain(|ip| !ip.is_loopback());
    }
    usable.sort_by_key(|ip| (ip.is_ipv6(), *ip));
    usable.dedup();
    Ok(usable)
}
