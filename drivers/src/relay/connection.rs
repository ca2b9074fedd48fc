//! One client's connection: TCP, or TLS over it, in both directions without waiting.
//!
//! Messages and channel data tell their lengths (RFC 8656 section 12.5); a stream that is neither
//! is at its end.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use lapwing_engine::stream::stun_frame;
use lapwing_engine::turn::server::Client;
use openssl::ssl::{ErrorCode, SslStream};

/// Bytes that may wait for a client that does not read. What is beyond is dropped, as the network
/// does with datagrams.
const OUTGOING_BYTES_MAX: usize = 256 << 10;

/// How long a connection without an allocation may say nothing, and how long a handshake may take.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(30);

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(SslStream<TcpStream>, Handshake),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handshake {
    UnderWay,
    Over,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) client: Client,
    stream: Stream,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// Bytes left of the frame that is being written to a TLS stream.
    under_way: usize,
    /// When something whole last came.
    heard: Instant,
}

/// The connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Over;

impl Connection {
    pub(super) fn plain(client: Client, stream: TcpStream, now: Instant) -> Self {
        Connection::new(client, Stream::Plain(stream), now)
    }

    pub(super) fn secure(client: Client, stream: SslStream<TcpStream>, now: Instant) -> Self {
        Connection::new(client, Stream::Tls(stream, Handshake::UnderWay), now)
    }

    fn new(client: Client, stream: Stream, now: Instant) -> Self {
        let (incoming, outgoing) = (Vec::new(), Vec::new());
        Connection { client, stream, incoming, outgoing, under_way: 0, heard: now }
    }

    pub(super) fn descriptor(&self) -> i32 {
        match &self.stream {
            Stream::Plain(stream) => stream.as_raw_fd(),
            Stream::Tls(stream, _) => stream.get_ref().as_raw_fd(),
        }
    }

    /// Whether nothing whole came for so long that it is of no use, unless it has an allocation.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.heard) >= IDLE_MAX
    }

    /// Reads once; true when more may wait.
    pub(super) fn read(&mut self, scratch: &mut [u8]) -> Result<bool, Over> {
        if let Stream::Tls(stream, handshake @ Handshake::UnderWay) = &mut self.stream {
            match stream.accept() {
                Ok(()) => *handshake = Handshake::Over,
                Err(error) if wants_more(error.code()) => return Ok(false),
                Err(error) => {
                    tracing::debug!(%error, "no agreement on TLS");
                    return Err(Over);
                }
            }
        }
        let read = match &mut self.stream {
            Stream::Plain(stream) => stream.read(scratch),
            Stream::Tls(stream, _) => stream.read(scratch),
        };
        match read {
            Ok(0) => Err(Over),
            Ok(count) => {
                self.incoming.extend_from_slice(&scratch[..count]);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            Err(_) => Err(Over),
        }
    }

    /// The bytes that came, to be put back.
    pub(super) fn take_incoming(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.incoming)
    }

    /// Puts them back but for the first, which were whole frames.
    pub(super) fn put_back(&mut self, mut incoming: Vec<u8>, done: usize, now: Instant) {
        if done > 0 {
            self.heard = now;
        }
        incoming.drain(..done);
        // An idle connection holds nothing.
        self.incoming = if incoming.is_empty() { Vec::new() } else { incoming };
    }

    /// Adds what `write` writes, if there is room for `count` bytes; false where it is dropped.
    pub(super) fn push(&mut self, count: usize, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        if self.outgoing.len() + count > OUTGOING_BYTES_MAX {
            return false;
        }
        write(&mut self.outgoing);
        true
    }

    /// Writes what waits, as far as it goes. Over TLS each frame is a record of its own: there are
    /// clients, coturn's among them, that take a record for a message.
    pub(super) fn flush(&mut self) -> Result<(), Over> {
        while !self.outgoing.is_empty() {
            if self.under_way == 0 {
                let whole = stun_frame(&self.outgoing).ok().flatten();
                self.under_way = whole.unwrap_or(self.outgoing.len());
            }
            let wrote = match &mut self.stream {
                Stream::Plain(stream) => stream.write(&self.outgoing),
                Stream::Tls(_, Handshake::UnderWay) => return Ok(()),
                Stream::Tls(stream, Handshake::Over) => {
                    stream.write(&self.outgoing[..self.under_way.min(self.outgoing.len())])
                }
            };
            match wrote {
                Ok(0) => return Err(Over),
                Ok(count) => {
                    self.under_way = self.under_way.saturating_sub(count);
                    self.outgoing.drain(..count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(Over),
            }
        }
        self.outgoing = Vec::new();
        Ok(())
    }
}

fn wants_more(code: ErrorCode) -> bool {
    code == ErrorCode::WANT_READ || code == ErrorCode::WANT_WRITE
}
