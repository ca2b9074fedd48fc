//! One TCP connection under any runtime.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};

use lapwing_engine::{Protocol, SocketFault};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use socket2::SockRef;

use super::layers::{Got, Layers, Unsent};
use super::outgoing::Outgoing;

/// Bytes taken with one read.
pub(super) const READ_BYTES: usize = 65_536;

/// A connection, from the time it is asked for.
#[derive(Debug)]
pub(super) struct Connection<D> {
    io: D,
    pub(super) protocol: Protocol,
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    /// TCP has agreed on it.
    connected: bool,
    readable: bool,
    writable: bool,
    /// It broke while something was sent.
    broken: Option<SocketFault>,
    layers: Layers,
    out: Outgoing,
}

/// Takes what comes, with our address.
pub(super) type Each<'a> = &'a mut dyn FnMut(SocketAddr, Got<'_>);

impl<D: AsFd> Connection<D> {
    /// One under way.
    pub(super) fn new(
        io: D,
        protocol: Protocol,
        (local, remote): (SocketAddr, SocketAddr),
        layers: Layers,
    ) -> Self {
        let connected = layers.is_open();
        let (readable, writable, broken) = (true, true, None);
        let out = Outgoing::default();
        Connection {
            io,
            protocol,
            local,
            remote,
            connected,
            readable,
            writable,
            broken,
            layers,
            out,
        }
    }

    #[cfg(any(feature = "smol", feature = "tokio"))]
    pub(super) fn io(&self) -> &D {
        &self.io
    }

    /// What datagrams over it are found by.
    pub(super) fn path(&self) -> (Protocol, SocketAddr, SocketAddr) {
        (self.protocol, self.local, self.remote)
    }

    pub(super) fn is_open(&self) -> bool {
        self.connected && self.layers.is_open()
    }

    pub(super) fn mark(&mut self, readable: bool, writable: bool) {
        self.readable |= readable;
        self.writable |= writable;
    }

    /// Whether it is of interest that it becomes writable.
    #[cfg(any(feature = "smol", feature = "tokio"))]
    pub(super) fn wants_write(&self) -> bool {
        !self.writable && (!self.connected || !self.out.is_empty())
    }

    /// Whether there is something to do.
    pub(super) fn is_ready(&self) -> bool {
        let may_write = self.writable && (!self.connected || !self.out.is_empty());
        may_write || (self.connected && self.readable) || self.broken.is_some()
    }

    /// Does what can be done without waiting: one read at most.
    pub(super) fn work(&mut self, buffer: &mut [u8], each: Each<'_>) -> Result<(), SocketFault> {
        if let Some(fault) = self.broken {
            return Err(fault);
        }
        if !self.connected && !self.connect(each)? {
            return Ok(());
        }
        self.flush()?;
        if !self.readable {
            return Ok(());
        }
        match recv(&self.io, &mut *buffer, RecvFlags::empty()) {
            Ok((0, _)) => return Err(SocketFault::Closed),
            Ok((count, _)) => {
                let (local, bytes) = (self.local, &buffer[..count]);
                let each = &mut |got: Got<'_>| each(local, got);
                let received = self.layers.received(bytes, &mut self.out, each);
                // An alert leaves before the connection ends.
                self.flush()?;
                received?;
            }
            Err(Errno::AGAIN) => self.readable = false,
            Err(Errno::INTR) => {}
            Err(error) => return Err(io::Error::from(error).kind().into()),
        }
        Ok(())
    }

    /// Looks whether TCP agreed.
    fn connect(&mut self, each: Each<'_>) -> Result<bool, SocketFault> {
        let socket = SockRef::from(&self.io);
        match socket.take_error() {
            Ok(None) => {}
            Ok(Some(error)) | Err(error) => {
                tracing::debug!(%error, remote = %self.remote, "not connected");
                return Err(error.kind().into());
            }
        }
        if socket.peer_addr().is_err() {
            self.writable = false;
            return Ok(false);
        }
        let local = socket.local_addr().ok().and_then(|local| local.as_socket());
        self.local = local.ok_or(SocketFault::Other)?;
        self.connected = true;
        let local = self.local;
        self.layers.begin(&mut self.out, &mut |got| each(local, got))?;
        Ok(true)
    }

    /// Puts a datagram behind what waits.
    pub(super) fn write(&mut self, datagram: &[u8], scratch: &mut Vec<u8>) -> Result<(), Unsent> {
        if !self.connected {
            return Err(Unsent::Blocked);
        }
        self.layers.write(datagram, scratch, &mut self.out)
    }

    /// Hands to the system what it takes, and keeps in mind what comes of it.
    pub(super) fn push_out(&mut self) {
        if let Err(fault) = self.flush() {
            self.broken = Some(fault);
        }
    }

    /// It is of no more use; who asked for it is told with the next work.
    pub(super) fn set_broken(&mut self, fault: SocketFault) {
        self.broken = Some(fault);
    }

    /// Hands to the system what it takes.
    fn flush(&mut self) -> Result<(), SocketFault> {
        if self.writable && !self.out.is_empty() {
            let flushed = self.out.flush(&self.io);
            self.writable = flushed.map_err(|error| SocketFault::from(error.kind()))?;
        }
        Ok(())
    }

    /// Says goodbye, as far as that takes no waiting.
    pub(super) fn close(mut self) {
        self.layers.close(&mut self.out);
        if let Err(fault) = self.flush() {
            tracing::trace!(%fault, fd = self.io.as_fd().as_raw_fd(), "closed before all was sent");
        }
    }
}
