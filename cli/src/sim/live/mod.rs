//! `lapwing sim live`: a scenario between programs of this machine, in real time.

mod args;
mod error;
mod links;
mod report;
mod run;
mod signals;

pub use args::LiveArgs;
pub use error::LiveError;
pub(super) use run::run;
