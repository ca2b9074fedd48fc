//! Many connections on one thread, behind sockets that they share.

mod carried;
mod driver;
mod entries;
mod mail;

pub use driver::MultiDriver;
pub(crate) use mail::{Announcement, Handoff};
