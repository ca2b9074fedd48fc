//! Opening UDP sockets.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

/// What the system is asked to buffer per socket and direction. A keyframe for fifty receivers is
/// about this much; the system may grant less (on Linux `net.core.rmem_max`).
const BUFFER_BYTES: usize = 1 << 20;

/// Opens a non-blocking socket on `local`. IPv6 sockets take no IPv4 datagrams. With `shared`,
/// others of this process may open the same port, and the kernel spreads peers among them.
pub(crate) fn open(local: SocketAddr, shared: bool) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    if local.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if shared {
        socket.set_reuse_port(true)?;
    }
    let buffers = socket
        .set_recv_buffer_size(BUFFER_BYTES)
        .and_then(|()| socket.set_send_buffer_size(BUFFER_BYTES));
    if let Err(error) = buffers {
        tracing::debug!(%error, "socket buffers stay as they are");
    }
    socket.bind(&local.into())?;
    Ok(socket.into())
}

/// Turns off arrival timestamps, which quinn-udp turns on and nobody here reads. With them, the
/// control messages of a batch outgrow quinn-udp's buffer of 96 bytes (32 for the timestamp, 24
/// for the segment size, 32 for the packet info), and the last one, the ECN bits, is cut off.
#[cfg(target_os = "linux")]
pub(super) fn without_timestamps(socket: &impl std::os::fd::AsFd) -> io::Result<()> {
    use nix::sys::socket::{setsockopt, sockopt::ReceiveTimestampns};
    Ok(setsockopt(socket, ReceiveTimestampns, &false)?)
}

/// Only Linux has them.
#[cfg(not(target_os = "linux"))]
pub(super) fn without_timestamps(_socket: &impl std::os::fd::AsFd) -> io::Result<()> {
    Ok(())
}
