//! Cases that are tried with every stack.

mod ends;
mod side;
mod simulated;

pub use ends::Ends;
pub use side::Side;
pub use simulated::SimulatedEnds;
