//! Sockets and clocks for the Lapwing engine. Drivers decide nothing: they wait, feed, drain and
//! hand back events.
//!
//! A program owns its loop, and each time around is one `turn`; the words are the same under
//! [`mio`], [`smol`] and [`tokio`], where the latter two await. [`multi`] carries many connections
//! behind one socket, and [`sharded`] spreads them over threads.
//!
//! Datagrams are read and written in batches: trains of equal datagrams by segmentation offload
//! (GSO, GRO), others by `recvmmsg` and `sendmmsg`. ECN marks go out and come in with each of them.

#![cfg_attr(
    not(any(feature = "mio", feature = "smol", feature = "tokio")),
    expect(dead_code, unreachable_pub, reason = "without a driver, what they share is idle")
)]

#[cfg(any(feature = "smol", feature = "tokio"))]
mod asynchronous;
mod clock;
mod core;
mod counters;
mod events;
pub mod framing;
mod interfaces;
#[cfg(feature = "mio")]
pub mod mio;
#[cfg(any(feature = "mio", feature = "smol", feature = "tokio"))]
pub mod multi;
mod outputs;
mod resolver;
#[cfg(feature = "mio")]
pub mod sharded;
#[cfg(feature = "smol")]
pub mod smol;
mod sockets;
#[cfg(feature = "tokio")]
pub mod tokio;
mod waker;

pub use clock::{config, seed, unix_time};
pub use counters::Counters;
pub use events::Events;
pub use interfaces::interfaces;
pub use waker::Waker;
