//! Search for faults: universes drawn at random, a call in each, and what must hold whatever
//! happens.
//!
//! 1. A [`Tape`] of bytes decides; [`Universe::draw`] reads a network, its effects and a list of
//!    actions from it, [`Universe::draw_helped`] one with boxes, STUN and TURN servers.
//! 2. [`run`] plays the universe: two engines in a call, watched by invariants at every event
//!    ([`Invariant`] lists them), and each beside a model of what its user may rely on.
//! 3. [`search`] plays many, and shrinks each that fails: first the tape, then the universe itself.
//! 4. What is left is a file of a few lines ([`Universe::to_toml`]) that fails alone.
//!
//! Boxes and servers: `helped.rs` draws them, `network.rs` puts them into the network,
//! `reachable.rs` says what must come of them, and `relayed.rs` reads what goes by way of a relay.

mod audit;
mod caller;
mod channels;
mod click;
mod clicks;
mod coverage;
mod file;
mod frames;
mod helped;
mod injected;
mod invariant;
mod model;
mod network;
mod reachable;
mod relayed;
mod search;
mod shrink;
mod steps;
mod subject;
mod tape;
mod terms;
mod universe;
mod verdict;
mod world;

pub use click::Click;
pub use coverage::{Aspect, Coverage};
pub use file::Regression;
pub use helped::Helped;
pub use injected::InjectedFault;
pub use invariant::{Invariant, Violation};
pub use reachable::Reachable;
pub use search::{Failure, Kind, Played, Search, search};
pub use shrink::{shrink_tape, shrink_universe};
pub use tape::Tape;
pub use terms::Terms;
pub use universe::{Action, Effects, NatKind, Peer, Timed, Topology, Universe};
pub use world::{Outcome, run};
