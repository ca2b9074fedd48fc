//! Relays by TURN (RFC 8656): the client and the server, as pure machines.
//!
//! [`client`] is what a connection asks relays with; [`server`] is a relay. Neither opens a socket:
//! bytes and addresses go in and come out.
//! `message.rs` has what both read alike.

pub mod client;
mod message;
pub mod server;
