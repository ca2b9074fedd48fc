//! `lapwing sim sweep`: every combination of parameters with every seed, each in a process of its
//! own.

mod command;
mod csv;
mod table;
mod task;

pub(super) use command::sweep;
pub(super) use table::{PAGE, Stored, TABLE, draw};
