//! A TURN server with its sockets: the machine of [`lapwing_engine::turn::server`] on threads.
//!
//! Each thread has a server of its own, with listeners that share their ports with those of the
//! other threads (`SO_REUSEPORT`): the kernel sends a client's packets to one of them, always the
//! same, and there its allocations are. Ports, and how many allocations a user has, are counted for
//! all threads together.

mod batch;
mod config;
mod connection;
mod connections;
mod outbox;
mod page;
mod ports;
mod relays;
mod send;
mod server;
mod shared;
mod source;
mod start;
mod tls;
mod worker;

pub use config::{
    CONNECTIONS_PER_THREAD, External, PORTS_DEFAULT, RelayConfig, RelayIdentity, RelayMetrics,
};
pub use page::MetricsPage;
pub use server::RelayServer;
