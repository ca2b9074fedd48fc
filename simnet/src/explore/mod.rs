//! Search for faults: universes drawn at random, a call in each, and what must hold whatever
//! happens.
//!
//! 1. A [`Tape`] of bytes decides; [`Universe::draw`] reads a network, its effects and a list of
//!    actions from it.
//! 2. [`run`] plays the universe: two engines in a call, watched by invariants at every event
//!    ([`Invariant`] lists them), and each beside a model of what its user may rely on.
//! 3. [`search`] plays many, and shrinks each that fails: first the tape, then the universe itself.
//! 4. What is left is a file of a few lines ([`Universe::to_toml`]) that fails alone.

mod audit;
mod caller;
mod channels;
mod click;
mod clicks;
mod file;
mod injected;
mod invariant;
mod model;
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
pub use file::Regression;
pub use injected::InjectedFault;
pub use invariant::{Invariant, Violation};
pub use search::{Failure, Search, search};
pub use shrink::{shrink_tape, shrink_universe};
pub use tape::Tape;
pub use terms::Terms;
pub use universe::{Action, Effects, NatKind, Peer, Timed, Topology, Universe};
pub use world::{Outcome, run};
