//! `lapwing doctor`: what is wrong between this machine and its servers, and what to change.

mod args;
mod run;

pub use args::Args;
pub use run::run;
