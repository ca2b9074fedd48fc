//! The rules of the house that a machine can check.
//!
//! Each rule is a function from what it reads to a list of [`fault::Fault`]s, and has tests that
//! feed it bad input, so that it is known to be able to fail. `tree` runs all of them over the
//! workspace.

mod circles;
mod comments;
mod coverage;
mod fault;
mod habits;
mod imports;
mod lengths;
mod modules;
mod rooms;
mod seams;
mod source;
mod tree;
mod words;
mod workspace;
