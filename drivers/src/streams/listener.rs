//! A listener for peers (RFC 6544), and what it accepted.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::open::prepare;

/// Connections of one listener. A peer has one or two; a browser tries each pair of candidates.
pub(super) const ACCEPTED_MAX: usize = 32;

/// How long a full listener keeps a connection over which the engine said nothing: a check that is
/// authentic is answered at once.
pub(super) const UNANSWERED_MAX: Duration = Duration::from_secs(10);

/// How long a full listener keeps one over which nothing comes; peers ask for consent every 5 s
/// (RFC 7675 section 5.1).
pub(super) const SILENT_MAX: Duration = Duration::from_secs(60);

/// Whom the engine knows a connection by, and when it was of use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    /// The slot of its listener.
    pub(super) listener: usize,
    pub(super) accepted_at: Instant,
    pub(super) heard_at: Instant,
    /// The engine said something over it.
    pub(super) answered: bool,
}

impl Use {
    /// Whether another may have its place.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        let unanswered = !self.answered && now >= self.accepted_at + UNANSWERED_MAX;
        unanswered || now >= self.heard_at + SILENT_MAX
    }
}

/// A listening socket.
#[derive(Debug)]
pub(super) struct Listener<D> {
    io: D,
    pub(super) local: SocketAddr,
    pub(super) readable: bool,
}

impl<D: AsFd> Listener<D> {
    pub(super) fn new(io: D, local: SocketAddr) -> Self {
        Listener { io, local, readable: true }
    }

    #[cfg(any(feature = "smol", feature = "tokio"))]
    pub(super) fn io(&self) -> &D {
        &self.io
    }

    /// The next connection that a peer made, with the peer's address.
    pub(super) fn accept(&mut self) -> Option<(OwnedFd, SocketAddr)> {
        let accepted = SockRef::from(&self.io).accept().and_then(|(socket, remote)| {
            prepare(&socket)?;
            let remote = remote.as_socket().ok_or(io::ErrorKind::Unsupported)?;
            Ok((OwnedFd::from(socket), remote))
        });
        match accepted {
            Ok(accepted) => Some(accepted),
            Err(error) => {
                let passing = [io::ErrorKind::ConnectionAborted, io::ErrorKind::Interrupted];
                if !passing.contains(&error.kind()) {
                    self.readable = false;
                }
                if error.kind() != io::ErrorKind::WouldBlock {
                    tracing::debug!(%error, local = %self.local, "nothing accepted");
                }
                None
            }
        }
    }
}
