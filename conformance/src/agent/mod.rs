//! Lapwing as a peer of the wall: a state machine over the engine that speaks the protocol of
//! `peers/README.md`.
//!
//! [`Agent`] has no sockets, clocks or threads, and writes no files: a runner in [`run`] gives it
//! requests, events of the engine and the time, and takes its lines and what belongs into files. In
//! the laboratory, `wall::simulated` is the runner.

mod args;
mod channels;
mod connection;
mod content;
mod exchange;
mod facts;
mod fault;
mod file;
mod lateness;
mod lines;
mod machine;
mod negotiation;
mod options;
mod outgoing;
mod pictures;
mod pitch;
mod receiver;
pub mod run;
mod sound;

pub use file::FilePart;
pub use machine::{Agent, Identity};
