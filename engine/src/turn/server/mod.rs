//! A server of STUN (RFC 8489) and TURN (RFC 8656), as a pure machine.
//!
//! [`TurnServer`] takes what came to its listeners and relayed addresses and gives what is to be
//! sent; sockets are opened by whoever drives it. What it does, what it leaves out and what it
//! holds at most is in `docs/turn-server.md`.

mod address_range;
mod allocate;
mod allocation;
mod alternates;
mod authenticate;
mod config;
mod contract;
mod discovery;
mod forwarding;
mod machine;
mod metrics;
mod nonces;
mod peer_rules;
mod refusal;
mod renew;
mod table;
#[cfg(test)]
mod tests;
mod users;
mod wire;

pub use address_range::{AddressRange, AddressRangeError};
pub use config::{
    CHANNEL_LIFETIME, LIFETIME_DEFAULT, LISTENERS_MAX, Listener, ListenerId, PERMISSION_LIFETIME,
    REALM_BYTES_MAX, RelayFamilies, TurnLimits, TurnServerConfig,
};
pub use contract::{
    Client, FORWARD_HEADER_BYTES_MAX, Family, Forward, Header, RelayFault, RelayId, Route,
    TurnInput, TurnOutput,
};
pub use machine::TurnServer;
pub use metrics::TurnMetrics;
pub use peer_rules::PeerRules;
pub use users::{USERNAME_BYTES_MAX, Users, timed_password};
