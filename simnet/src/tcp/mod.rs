//! TCP as hosts speak it: reliable streams of bytes over the packets of the network.
//!
//! A [`Stack`] is the TCP of one endpoint: it listens, connects, and tells what came. Sequence
//! numbers, acknowledgements, SACK, retransmission (RFC 6298) and congestion control (CUBIC) are
//! those of [`cross`](crate::cross), with the bytes that cross traffic only counts. Segments have
//! the sizes that they have on a real network, a checksum, and their fields in the first bytes of
//! the payload, where the options would be.
//!
//! [`Channel`] is what programs put above: a tunnel through a proxy, a model of TLS, framing.

mod channel;
mod connection;
mod segment;
mod stack;
mod tls;

pub use channel::{Channel, Got};
pub(crate) use segment::refusal;
pub use stack::{CONNECTIONS_MAX, ConnectionId, Stack, StackEvent};
pub use tls::{RECORD_EXTRA_BYTES, TlsCertificate, TlsIdentity};
