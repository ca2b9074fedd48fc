//! UDP sockets: opened, tabled by identifier and local address, read and written in batches.

mod batch;
mod multicast;
mod open;
mod table;
mod udp;

pub(crate) use multicast::open_multicast;
pub(crate) use open::open;
pub(crate) use table::{Read, Table};
pub(crate) use udp::{Buffers, Socket};
