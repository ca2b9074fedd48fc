//! Sockets and clocks for the Lapwing engine. Drivers decide nothing: they wait, feed, drain and
//! hand back events.
//!
//! A program owns its loop, and each time around is one `turn`; the words are the same under `mio`,
//! `smol` and `tokio`, where the latter two await. Each has a `Driver` for one connection, and a
//! `MultiDriver` for many behind sockets that they share. `sharded` spreads connections over
//! threads.
//!
//! # Features
//!
//! Each stands alone; none pulls another. All are on by default.
//!
//! | feature | gives |
//! |---|---|
//! | `mio` | `mio::Driver`, `mio::MultiDriver`: turns that block; `sharded`: a `MultiDriver` per thread; `relay`: a TURN server |
//! | `smol` | `smol::Driver`, `smol::MultiDriver`: turns that await, under smol or any executor |
//! | `tokio` | `tokio::Driver`, `tokio::MultiDriver`: turns that await, within a tokio runtime |
//! | none | [`interfaces`], [`config`], [`seed`]: what a loop of one's own needs |
//!
//! The crates are not on crates.io. From a checkout beside your program:
//!
//! ```toml
//! [dependencies]
//! lapwing-engine = { path = "../lapwing/engine" }
//!
//! [dependencies.lapwing-drivers]
//! path = "../lapwing/drivers"
//! default-features = false
//! features = ["tokio"]
//! ```
//!
//! # When a connection ends
//!
//! `Event::Closed` is the last event of a connection, and its sockets are closed with it. A
//! connection that reached `ConnectionState::Failed` keeps them, because an ICE restart may revive
//! it: who does not want that closes it. A `Driver` closes its sockets when it is dropped; a
//! `MultiDriver` keeps the shared ones, and every connection until it is removed.
//!
//! # Connections by TCP and TLS
//!
//! A connection that the engine asks for is opened through a proxy (HTTP CONNECT) and secured by
//! OpenSSL where it is asked to, all within 10 s; what then waits to be written is at most 128 KiB,
//! and datagrams that do not fit are dropped and counted. A listener keeps up to 32 connections of
//! peers; one over which nothing was answered for 10 s, or nothing came for 60 s, makes way for the
//! next. A `MultiDriver` opens connections for those it carries, but does not listen: whose the
//! connection of a peer is, only shared sockets can tell.
//!
//! # How datagrams are carried
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
mod interfaces;
mod machine;
#[cfg(feature = "mio")]
pub mod mio;
#[cfg(any(feature = "mio", feature = "smol", feature = "tokio"))]
pub mod multi;
mod network;
mod outputs;
#[cfg(all(doctest, feature = "tokio"))]
mod readme;
#[cfg(feature = "mio")]
pub mod relay;
mod resolver;
#[cfg(feature = "mio")]
pub mod sharded;
#[cfg(feature = "smol")]
pub mod smol;
mod sockets;
mod streams;
#[cfg(feature = "tokio")]
pub mod tokio;
mod waker;

pub use clock::{config, seed, unix_time};
pub use counters::Counters;
pub use events::Events;
pub use interfaces::interfaces;
pub use machine::Machine;
pub use waker::Waker;
