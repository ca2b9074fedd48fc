//! Forwarding: every participant of a room has a connection to the server, which hands frames, chat
//! and files on.
//!
//! [`Forwarder`] is all of it but sockets and clocks: rooms give it [`Command`](super::hub::Command)s,
//! sockets give it datagrams, and it hands out what is to be sent and what the rooms are to be told.

mod events;
mod forwarder;
mod negotiation;
mod parcel;
mod peer;
mod subscriptions;
mod thread;
mod transfers;

pub use forwarder::{Forwarder, ForwarderConfig, ForwarderOutput};
pub use thread::{ForwardHandle, MediaSockets, PreparedForwarder};

#[cfg(test)]
mod tests;
