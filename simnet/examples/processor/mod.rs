//! Processor time of a process, whose own clock may be replaced.

mod time;

pub(crate) use time::time;
