//! The relay with its sockets, on the loopback interface.

mod client;
mod fixture;
mod peers;
