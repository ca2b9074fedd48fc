//! TCP connections and listeners, TLS, and tunnels through proxies.
//!
//! 1. A connection is opened ([`open`](self::open)), its proxy asked for a tunnel, TLS agreed on:
//!    all within a named time.
//! 2. Bytes become datagrams and datagrams bytes ([`layers`](self::layers)).
//! 3. What the system does not take at once waits, up to a named limit
//!    ([`outgoing`](self::outgoing)).

mod arrival;
mod connection;
mod layers;
mod listener;
mod open;
mod outgoing;
mod table;
#[cfg(all(test, feature = "mio"))]
mod tests;
mod tls;
mod traffic;

pub(crate) use arrival::Arrival;
pub(crate) use table::Streams;
