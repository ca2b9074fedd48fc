//! Many connections behind sockets that they share.

#[cfg(any(feature = "smol", feature = "tokio"))]
mod awaiting;
#[cfg(feature = "mio")]
mod blocking;
mod carried;
mod driver;
mod entries;
#[cfg_attr(
    not(feature = "mio"),
    expect(dead_code, reason = "only shards, which need mio, share a port")
)]
mod mail;
#[cfg(feature = "mio")]
mod sharing;
#[cfg(all(test, feature = "mio"))]
mod tests;

pub use driver::MultiDriver;
#[cfg(feature = "mio")]
pub(crate) use mail::{Announcement, Handoff};
