//! The relay with its sockets, on the loopback interface.

mod client;
pub(crate) mod fixture;
mod peers;
