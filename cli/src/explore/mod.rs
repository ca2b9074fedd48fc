//! The search for faults: many universes, each with a call in it, and files of those that fail.

mod args;
mod progress;
mod run;
mod workers;

pub use args::ExploreArgs;
pub use run::{ExploreFailure, run};
