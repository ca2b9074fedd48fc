//! Who is in which room and what they say to each other: all of the signalling server but sockets
//! and clocks.
//!
//! [`Hub`] takes what connections do together with the time, and hands out [`Effect`]s. It never
//! waits, so every limit is tested in virtual time.

mod addresses;
mod checks;
mod connection;
mod effect;
mod entropy;
mod entry;
mod lobby;
mod mail;
mod newcomer;
mod presence;
mod room;
mod rooms;
mod seats;

pub use addresses::SOCKETS_PER_ADDRESS;
pub(crate) use addresses::Source;
pub use connection::ConnectionId;
pub use effect::{Command, Effect, LeaveNote, Note, Notice};
pub use entropy::Entropy;
pub use mail::MAILBOX_MAX;
pub use rooms::{CONNECTIONS_MAX, Hub, HubConfig, JOIN_SECONDS, ROOMS_MAX};

#[cfg(test)]
mod tests;
