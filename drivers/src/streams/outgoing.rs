//! Bytes that wait until the system takes them.

use std::io;
use std::os::fd::AsFd;

use rustix::net::{SendFlags, send};

/// Bytes that may wait in a connection: half a second of 2 Mbit/s. Datagrams that do not fit are
/// dropped, as a network does whose queue is full.
pub(super) const WRITE_BUFFER_BYTES_MAX: usize = 131_072;

/// Bytes that may wait of what is no datagram: answers of TLS, which the other end asks for. Who
/// asks for more without reading is not served.
pub(super) const UNREAD_BYTES_MAX: usize = 2 * WRITE_BUFFER_BYTES_MAX;

/// What waits, in order.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    /// So many of them have left.
    sent: usize,
}

impl Outgoing {
    /// Bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.sent
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Hands to the system what it takes. True when nothing is left; false when it takes no more.
    pub(super) fn flush(&mut self, io: &impl AsFd) -> io::Result<bool> {
        while self.sent < self.bytes.len() {
            match send(io, &self.bytes[self.sent..], SendFlags::NOSIGNAL) {
                Ok(count) => self.sent += count,
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => {
                    // What has left makes room before there is more than would wait.
                    self.bytes.drain(..self.sent);
                    self.sent = 0;
                    return Ok(false);
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.bytes.clear();
        self.sent = 0;
        Ok(true)
    }
}
