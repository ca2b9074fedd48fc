//! The seam between sockets and runtimes.

use std::fmt;
use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsFd, OwnedFd};

use super::udp::Socket;

/// Makes sockets known to a runtime.
pub trait Registrar {
    /// The runtime's UDP socket.
    type Socket: Socket;
    /// A descriptor of which the runtime tells when it becomes readable or writable.
    type Descriptor: AsFd + fmt::Debug;

    /// Takes a bound, non-blocking socket that sits in this slot.
    fn register(&self, slot: usize, socket: UdpSocket) -> io::Result<Self::Socket>;

    /// Takes a non-blocking descriptor that sits in this slot. Called where the runtime runs.
    fn watch(&self, slot: usize, descriptor: OwnedFd) -> io::Result<Self::Descriptor>;
}
