//! `lapwing conformance`: the wall of other stacks that Lapwing is tried with.

mod args;
mod dispatch;
mod peer;

pub use args::{Args, Command, PeerArgs};
pub use dispatch::run;
