//! Where connections come from.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};

/// Where connections come from: TCP, or a network in a test.
pub trait Accept: Send {
    /// A connection, as bytes in order.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection, and where it is from.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>> + Send;

    /// Where it listens.
    ///
    /// # Errors
    /// The network's.
    fn local_addr(&self) -> io::Result<SocketAddr>;
}
