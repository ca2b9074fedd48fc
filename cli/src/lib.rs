//! The lapwing program as a library: what its subcommands do, and the protocols they speak.

pub mod args;
pub mod call;
mod choice;
pub mod conformance;
pub mod demo;
pub mod explore;
pub mod join;
mod logging;
pub mod replay;
pub mod serve;
pub mod sim;
pub mod transfer;
