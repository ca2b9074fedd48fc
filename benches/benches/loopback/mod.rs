//! Two engines over real sockets on the loopback interface, in one thread: by the driver with its
//! batches, and by the plainest loop, one system call for each datagram.

mod driver;
mod line;
mod plain;

pub(crate) use driver::Driven;
pub(crate) use line::{End, LOADS, Line, Passed, config};
pub(crate) use plain::Plain;
