//! Rates and delays that change over time, drawn from a seed or read from a trace.

mod delays;
mod generator;
mod trace;

pub use delays::DelaySchedule;
pub use generator::{Access, BadGenerator, Drawn, Generator};
pub use trace::{BadTrace, TraceProblem};
