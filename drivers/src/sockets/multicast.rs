//! Opening UDP sockets for multicast DNS (RFC 6762).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};

use nix::net::if_::if_nametoindex;
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};

/// Where it is spoken (RFC 6762 section 3).
const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);

/// The time to live of all that is sent (RFC 6762 section 11).
const HOPS: u32 = 255;

/// Opens a non-blocking socket on the group of the address's family and the interface of this name,
/// on the port that all programs of the machine share.
///
/// It is bound to the group, not to all addresses: what others of the machine are sent alone goes
/// past it to them, and nobody off the link can ask it.
pub(crate) fn open_multicast(interface: &str, local: SocketAddr) -> io::Result<UdpSocket> {
    let index = if_nametoindex(interface)?;
    let socket = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    match local.ip() {
        IpAddr::V4(address) => {
            heed_only_joined(&socket)?;
            socket.bind(&SocketAddr::new(GROUP_V4.into(), local.port()).into())?;
            let on = InterfaceIndexOrAddress::Index(index);
            socket.join_multicast_v4_n(&GROUP_V4, &on)?;
            socket.set_multicast_if_v4(&address)?;
            socket.set_multicast_ttl_v4(HOPS)?;
            socket.set_ttl_v4(HOPS)?;
            socket.set_multicast_loop_v4(true)?;
        }
        IpAddr::V6(_) => {
            socket.set_only_v6(true)?;
            socket.bind(&SocketAddrV6::new(GROUP_V6, local.port(), 0, index).into())?;
            socket.join_multicast_v6(&GROUP_V6, index)?;
            socket.set_multicast_if_v6(index)?;
            socket.set_multicast_hops_v6(HOPS)?;
            socket.set_unicast_hops_v6(HOPS)?;
            socket.set_multicast_loop_v6(true)?;
        }
    }
    Ok(socket.into())
}

/// Without this, Linux hands it what other sockets joined the group for, on other interfaces
/// (ip(7), `IP_MULTICAST_ALL`).
#[cfg(target_os = "linux")]
fn heed_only_joined(socket: &Socket) -> io::Result<()> {
    socket.set_multicast_all_v4(false)
}

/// So it is elsewhere.
#[cfg(not(target_os = "linux"))]
fn heed_only_joined(_socket: &Socket) -> io::Result<()> {
    Ok(())
}
