//! Opening TCP sockets.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use socket2::{Domain, Protocol, Socket, Type};

/// Connections that the system keeps for a listener until they are accepted.
const BACKLOG: i32 = 64;

/// Bytes that the system takes and has not sent. More would only wait longer: what is sent is of
/// use now or never.
#[cfg(target_os = "linux")]
const UNSENT_BYTES_MAX: u32 = 65_536;

/// Begins to connect. The socket becomes writable when that is over, well or not.
pub(super) fn connect(local: SocketAddr, remote: SocketAddr) -> io::Result<OwnedFd> {
    let socket = Socket::new(Domain::for_address(remote), Type::STREAM, Some(Protocol::TCP))?;
    prepare(&socket)?;
    if local.port() != 0 {
        share_port(&socket)?;
    }
    socket.bind(&local.into())?;
    match socket.connect(&remote.into()) {
        Err(error) if !is_under_way(&error) => Err(error),
        _ => Ok(socket.into()),
    }
}

/// Listens. IPv6 sockets take no IPv4 connections.
pub(super) fn listen(local: SocketAddr) -> io::Result<(OwnedFd, SocketAddr)> {
    let socket = Socket::new(Domain::for_address(local), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if local.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    share_port(&socket)?;
    socket.bind(&local.into())?;
    socket.listen(BACKLOG)?;
    let local = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::Unsupported)?;
    Ok((socket.into(), local))
}

/// Lets a port be listened on and connected from at once, as simultaneous-open candidates do (RFC
/// 6544). Connections of an earlier listener that the system still remembers are no hindrance.
fn share_port(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    Ok(())
}

/// Readies a connection: it never blocks, and sends at once what it is given.
pub(super) fn prepare(socket: &Socket) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    #[cfg(target_os = "linux")]
    if let Err(error) = socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX) {
        tracing::debug!(%error, "the system keeps as much as it likes");
    }
    Ok(())
}

fn is_under_way(error: &io::Error) -> bool {
    let under_way = rustix::io::Errno::INPROGRESS.raw_os_error();
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(under_way)
}
