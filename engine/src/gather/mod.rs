//! Gathering candidates (RFC 8445 section 5.1.1): pure machines that ask for sockets and talk to
//! servers.
//!
//! | file | what is there |
//! |---|---|
//! | `gatherer.rs` | all of them together: what comes in, what is to be done |
//! | `host.rs` | a socket per usable address |
//! | `servers.rs` | servers by their URLs, and the addresses behind their names |
//! | `ask.rs`, `follow.rs` | servers are asked; what follows from what they say |
//! | `task.rs` | one server, asked from one of our addresses |
//! | `way.rs` | how it is reached: by a socket that is there, one of its own, a connection |
//! | `reflexive.rs`, `relayed.rs` | what a STUN server, and what a relay, gives |
//! | `nat.rs`, `probe.rs` | what the NAT does, where that is asked for, and who is asked |
//! | `tcp.rs` | candidates by TCP: listeners, and connections to peers |
//! | `routes.rs` | datagrams by way of relays: the one place that wraps and unwraps them |
//! | `pool.rs` | candidates gathered before a description wants them |
//! | `phase.rs` | a socket that was asked for, and what becomes of it |
//! | `candidates.rs` | candidates as they are signalled: foundation and priority |
//! | `names.rs` | names in the place of host addresses, ours and the peer's |

mod ask;
mod candidates;
mod follow;
mod gatherer;
mod host;
mod names;
mod nat;
mod phase;
mod pool;
mod probe;
mod reflexive;
mod relayed;
mod routes;
mod servers;
mod step;
mod task;
mod tcp;
#[cfg(test)]
mod tests;
mod way;

pub(crate) use gatherer::Gatherer;
pub(crate) use names::{HostNames, NameStep};
pub(crate) use routes::Incoming;
pub(crate) use servers::ServerId;
pub(crate) use step::GatherStep;
