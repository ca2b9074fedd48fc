//! Opens what a relay listens on, for all of its threads.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};

use lapwing_engine::Protocol;
use lapwing_engine::turn::server::{LISTENERS_MAX, Listener, RelayFamilies};
use socket2::{Domain, Socket, Type};

use super::config::{External, RelayConfig};
use super::outbox::Listening;
use super::relays::Plain;
use crate::interfaces::addresses_behind;
use crate::sockets::{Udp, open};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// The listeners of a relay, and each thread's sockets for them.
pub(super) struct Opened {
    pub(super) listeners: Vec<Listener>,
    /// By thread.
    pub(super) sockets: Vec<Vec<Listening>>,
}

/// Opens all that is listened on, for each thread.
pub(super) fn listeners(config: &RelayConfig) -> io::Result<Opened> {
    let mut wanted = Vec::new();
    for (local, protocol) in &config.listen {
        wanted.extend(addresses_behind(*local)?.into_iter().map(|local| (local, *protocol)));
    }
    if wanted.is_empty() || wanted.len() > LISTENERS_MAX {
        let text = format!("{} addresses to listen on, of 1 to {LISTENERS_MAX}", wanted.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let mut opened = Opened { listeners: Vec::new(), sockets: Vec::new() };
    opened.sockets.resize_with(config.threads.get(), Vec::new);
    for (local, protocol) in wanted {
        let mut local = local;
        is_free(local, protocol).map_err(|error| named(local, protocol, &error))?;
        for sockets in &mut opened.sockets {
            let (listening, bound) = listen(local, protocol)?;
            // The first may have let the system choose; the others follow.
            local = bound;
            sockets.push(listening);
        }
        let ip = public(&config.external, local.ip());
        let public = SocketAddr::new(ip, local.port());
        opened.listeners.push(Listener { local, protocol, public });
    }
    Ok(opened)
}

fn named(local: SocketAddr, protocol: Protocol, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen on {local} ({protocol}): {error}"))
}

/// Threads share a port, and so could another relay that runs already: half of the clients would
/// come to either.
fn is_free(local: SocketAddr, protocol: Protocol) -> io::Result<()> {
    if local.port() == 0 {
        return Ok(());
    }
    let kind = if protocol == Protocol::Udp { Type::DGRAM } else { Type::STREAM };
    let socket = Socket::new(Domain::for_address(local), kind, None)?;
    if local.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if kind == Type::STREAM {
        // Connections of an earlier run are no hindrance.
        socket.set_reuse_address(true)?;
    }
    socket.bind(&local.into())
}

fn listen(local: SocketAddr, protocol: Protocol) -> io::Result<(Listening, SocketAddr)> {
    let named = |error: io::Error| named(local, protocol, &error);
    if protocol == Protocol::Udp {
        let socket = open(local, true).map_err(named)?;
        let bound = socket.local_addr()?;
        return Ok((Listening::Udp(Udp::new(Plain(socket), bound)?), bound));
    }
    let listener = listen_tcp(local).map_err(named)?;
    let bound = listener.local_addr()?;
    let is_tls = protocol == Protocol::Tls;
    Ok((if is_tls { Listening::Tls(listener) } else { Listening::Tcp(listener) }, bound))
}

fn listen_tcp(local: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(local), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    if local.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.bind(&local.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn public(external: &[External], local: IpAddr) -> IpAddr {
    external.iter().find(|one| one.local == local).map_or(local, |one| one.public)
}

/// Addresses from which peers are reached, and their families.
pub(super) fn relay_addresses(
    config: &RelayConfig,
    listeners: &[Listener],
) -> io::Result<(Vec<IpAddr>, RelayFamilies)> {
    let listened = || listeners.iter().map(|listener| listener.local.ip());
    let addresses: Vec<IpAddr> = match config.relay_addresses[..] {
        // Others are reached from an address of the network sooner than from the loopback one.
        [] => listened().filter(|ip| !ip.is_loopback()).chain(listened()).collect(),
        _ => config.relay_addresses.clone(),
    };
    let v4 = addresses.iter().find(|address| address.is_ipv4());
    let v6 = addresses.iter().find(|address| address.is_ipv6());
    let families = match (v4, v6) {
        (Some(_), Some(_)) => RelayFamilies::Both,
        (None, Some(_)) => RelayFamilies::V6,
        _ => RelayFamilies::V4,
    };
    let one_each: Vec<IpAddr> = v4.into_iter().chain(v6).copied().collect();
    if one_each.is_empty() {
        let text = "no address to relay from";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    Ok((one_each, families))
}
