//! `cargo xtask peers`: installs the stacks that the wall tries Lapwing with.

mod args;
mod command;
mod install;
mod manifest;
mod report;
mod state;

pub(crate) use command::command;
