//! A scenario's network for packets of a real one: who has the programs and the clock brings both.
//!
//! 1. `between.rs` says between which places packets pass, and what of the scenario has no part.
//! 2. The network is built as for a run, with a gate (`gate.rs`) in place of each end of a flow.
//! 3. [`Passage`] takes packets in at one gate at the time that it is told, and hands them out at
//!    the other with the time at which they should leave (`passage.rs`); links are measured as in a
//!    run (`measured.rs`).

mod addresses;
mod between;
mod gate;
mod measured;
#[expect(clippy::module_inception, reason = "it is what the folder is about")]
mod passage;

pub use addresses::Addresses;
pub use between::{Between, NoPassage, left_out};
pub use measured::Way;
pub use passage::{Departure, Exit, Passage};
