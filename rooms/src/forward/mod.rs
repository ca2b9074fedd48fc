//! Forwarding: every participant of a room has a connection to the server, which hands frames, chat
//! and files on.
//!
//! [`Forwarder`] is all of it but sockets and clocks: rooms give it
//! [`Command`](super::hub::Command)s, connections give it events, and it hands out what the rooms
//! are to be told.

mod capture_clock;
mod choice;
mod codecs;
mod downlink;
mod estimate;
mod events;
mod forwarder;
mod frames;
mod layers;
mod negotiation;
mod parcel;
mod passing;
mod peer;
mod subscriptions;
mod thinning;
mod thread;
mod timeline;
mod transfers;

pub use forwarder::{Connections, Forwarder};
pub use parcel::PARCELS_BYTES_MAX;
pub use thread::{ForwardHandle, PreparedForwarder};

#[cfg(test)]
mod tests;
