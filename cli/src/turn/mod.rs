//! `lapwing turn`: from the command line to a TURN server, and what it says.

mod args;
mod error;
mod run;

pub use args::Args;
pub(crate) use args::{external, ports};
pub use error::TurnFailure;
pub use run::run;
