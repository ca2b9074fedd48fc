//! A scenario of the laboratory between programs of this machine, in real time.
//!
//! 1. [`Live`] has a network namespace for each side, each with a TUN device (`session.rs`).
//! 2. A thread (`bridge.rs`) reads what programs send, puts it into the scenario's
//!    [`Passage`](lapwing_simnet::passage::Passage) at the time of the clock, and writes what is
//!    due to the other side; it runs before all others where the machine allows it
//!    (`priority.rs`).
//! 3. How late it was with each packet is counted (`timing.rs`), and what passed is captured by
//!    another thread (`tape.rs`).
//! 4. Programs (`program.rs`) run inside, and end with what holds them.

mod bridge;
mod priority;
mod program;
mod session;
mod sides;
mod tape;
mod timing;

pub use bridge::{Carried, Plan};
pub use program::Program;
pub use session::Live;
pub use sides::{SIDES, addresses};
pub use timing::{Lates, Timing};
