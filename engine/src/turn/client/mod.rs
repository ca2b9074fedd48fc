//! The client of one relay (RFC 8656), and of a STUN server (RFC 8489).
//!
//! | file | procedure |
//! |---|---|
//! | `message.rs` | requests and indications out, answers in |
//! | `transactions.rs` | requests under way, and when they go out again (RFC 8489 section 6.2.1) |
//! | `binding.rs` | asking a STUN server for our address (RFC 8489 section 12) |
//! | `behaviour.rs`, `nat.rs` | what a NAT on the way does (RFC 5780), and the words for it |
//! | `relay.rs` | the allocation: made, refreshed, given up (RFC 8656 sections 6 to 8) |
//! | `peers.rs` | channels to peers, and what waits for them (sections 9 to 12) |
//! | `answers.rs` | what an answer to a request changes |
//! | `received.rs` | what a server's datagram is |
//! | `fault.rs` | why a server is of no use |

mod answers;
mod behaviour;
mod binding;
mod fault;
mod message;
mod nat;
mod peers;
mod received;
mod relay;
#[cfg(test)]
mod tests;
mod transactions;

pub use behaviour::{BehaviourClient, BehaviourEvent, PROBE_SENDS};
pub use binding::{BindingClient, BindingEvent};
pub use fault::ServerFault;
pub use nat::{NatBehaviour, NatFiltering, NatMapping};
pub use peers::{CHANNELS_MAX, HELD_MAX};
pub use received::Received;
pub use relay::{RelayClient, RelayEvent};
