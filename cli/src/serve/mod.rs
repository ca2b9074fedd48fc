//! `lapwing serve`: from the command line to a room server, and what it says.

mod args;
mod log;
mod relay;
mod run;

pub use args::Args;
pub use relay::RelayFailure;
pub use run::run;
