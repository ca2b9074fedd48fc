//! Many connections on one thread, behind sockets that they share.

mod driver;
mod entries;

pub use driver::MultiDriver;
