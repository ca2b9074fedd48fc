//! UDP sockets: opened, tabled by identifier and local address, read and written in batches.

mod batch;
mod multicast;
mod open;
mod registrar;
mod table;
mod udp;

pub(crate) use multicast::open_multicast;
pub(crate) use open::open;
pub(crate) use registrar::Registrar;
pub(crate) use table::{Read, SOCKETS_MAX, Table};
pub(crate) use udp::Buffers;
#[cfg(any(feature = "mio", feature = "smol", feature = "tokio"))]
pub(crate) use udp::Socket;
#[cfg(feature = "mio")]
pub(crate) use udp::Udp;
