//! `lapwing sim`: the network laboratory from the command line.

mod args;
mod check;
mod dispatch;
mod error;
mod find;
mod list;
mod repeatable;
mod run;
mod show;
mod store;
mod suite;
mod verify;

pub use args::{Args, CheckArgs, Command, ListArgs, RunArgs, SuiteArgs};
pub use dispatch::run;
pub use error::SimError;
pub(crate) use repeatable::repeatable;
