//! UDP sockets: opened, tabled by identifier and local address, read and written in batches.

mod batch;
mod open;
mod table;
mod udp;

pub(crate) use open::open;
pub(crate) use table::{Read, Table};
#[cfg(feature = "mio")]
pub(crate) use udp::Udp;
pub(crate) use udp::{Buffers, Socket};
