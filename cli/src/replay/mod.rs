//! `lapwing replay`: a logged call done again, offline.

mod args;
mod error;
mod line;
mod run;
mod state;

pub use args::Args;
pub use error::ReplayFailure;
pub use run::{ReplaySummary, replay, run};
pub use state::State;
