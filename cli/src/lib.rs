//! The lapwing program as a library: its subcommands, each from the command line to what it says.

pub mod args;
pub mod call;
mod choice;
pub mod conformance;
pub mod demo;
pub mod devices;
pub mod doctor;
pub mod explore;
pub mod ice;
pub mod join;
mod logging;
pub mod numbers;
pub mod outcome;
pub mod replay;
pub mod serve;
pub mod sim;
pub mod transfer;
pub mod turn;
