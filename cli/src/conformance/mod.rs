//! `lapwing conformance`: the interop wall from the command line.

mod args;
mod dispatch;
mod error;
mod list;
mod peer;
mod report;
mod run;
mod scope;

pub use args::{Args, Command, ListArgs, PeerArgs, ReportArgs, RunArgs, Scope};
pub use dispatch::run;
pub use error::ConformanceError;
