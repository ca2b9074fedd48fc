//! Who is in which room and what they say to each other: all of the signalling server but sockets
//! and clocks.
//!
//! [`Hub`] takes what connections do together with the time, and hands out [`Effect`]s. It never
//! waits, so every limit is tested in virtual time.

mod checks;
mod connection;
mod effect;
mod entropy;
mod room;
mod rooms;
mod seats;

pub use connection::ConnectionId;
pub use effect::{Command, Effect, LeaveNote, Note, Notice};
pub use entropy::Entropy;
pub use rooms::{CONNECTIONS_MAX, Hub, HubConfig, JOIN_SECONDS, MAILBOX_MAX, ROOMS_MAX};

#[cfg(test)]
mod tests;
