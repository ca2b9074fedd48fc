//! ICE (RFC 8445): finds a path between two peers, and keeps it.
//!
//! [`Agent`] is a pure machine for one component of one stream: WebRTC bundles and multiplexes
//! everything. It has no socket, clock or randomness of its own; messages and instants go in,
//! [`Output`]s are polled. It trickles (RFC 8838), keeps consent (RFC 7675) and is patient (RFC
//! 8863). Who gathers candidates is not its business.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use lapwing_engine::ice::{Agent, AgentConfig, Credentials, LocalCandidate, Output, Remote};
//! use lapwing_engine::{IceCandidate, IceConnectionState, Transmit};
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//!
//! let mut now = Instant::now();
//! let credentials = [1, 2].map(|n| Credentials::new(format!("frag{n}"), "p".repeat(22 + n)));
//! let candidates = [1, 2].map(|n| {
//!     let line = format!("candidate:1 1 udp 2130706431 192.0.2.{n} 5000 typ host");
//!     IceCandidate::parse(&line).unwrap()
//! });
//! let mut agents = [0, 1].map(|n| {
//!     let config = AgentConfig::new(ChaCha20Rng::seed_from_u64(n as u64));
//!     let mut agent = Agent::new(config, credentials[n].clone(), now);
//!     agent.add_local(LocalCandidate::new(candidates[n].clone()).unwrap(), now).unwrap();
//!     agent.set_remote(Remote::new(credentials[1 - n].clone()), n == 0, now);
//!     agent.add_remote(&candidates[1 - n], now).unwrap();
//!     agent.end_of_candidates();
//!     agent
//! });
//!
//! while agents.iter().any(|agent| agent.state() != IceConnectionState::Completed) {
//!     for n in [0, 1] {
//!         let mut sent: Vec<Transmit> = Vec::new();
//!         while let Some(output) = agents[n].poll() {
//!             if let Output::Transmit(transmit) = output {
//!                 sent.push(transmit);
//!             }
//!         }
//!         for t in sent {
//!             let peer = &mut agents[1 - n];
//!             peer.handle_stun(&t.contents, t.source, t.destination, t.protocol, now);
//!         }
//!     }
//!     now += Duration::from_millis(5);
//!     agents.iter_mut().for_each(|agent| agent.handle_timeout(now));
//! }
//! assert!(agents[0].may_send(now) && agents[1].may_send(now));
//! ```

mod agent;
mod candidates;
mod check;
mod checklist;
mod consent;
mod credentials;
mod deferred;
mod drop_reason;
mod early;
mod liveness;
mod message;
mod nomination;
mod output;
mod pacing;
mod pair;
mod phase;
mod priority;
mod request;
mod response;
mod restart;
mod room;
mod stats;
#[cfg(test)]
mod tests;

pub use agent::{Agent, AgentConfig, FAILED_AFTER, LIST_WITHIN, TA, TA_MIN};
pub use candidates::{LocalCandidate, Network, Traffic};
pub use credentials::{Credentials, Remote};
pub use drop_reason::{DropReason, Handled};
pub use message::CarriedAttribute;
pub use output::{Output, Path};
pub use pair::{PairCounters, PairId, PairState};
pub use priority::{
    LOCAL_PREFERENCE_MAX, TcpType, candidate_priority, local_preference, tcp_local_preference,
    type_preference,
};
pub use stats::PairReport;
