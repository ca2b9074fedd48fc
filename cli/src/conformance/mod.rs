//! `lapwing conformance`: the interop wall from the command line.

mod args;
mod dispatch;
mod error;
mod list;
mod nat;
mod peer;
mod report;
mod run;
mod scope;

pub use args::{Args, Command, ListArgs, NatArgs, PeerArgs, ReportArgs, RunArgs, Scope};
pub use dispatch::run;
pub use error::ConformanceError;
