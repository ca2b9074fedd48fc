//! The sockets of a driver, by slot, by identifier and by local address.

use std::io;
use std::net::SocketAddr;

use lapwing_engine::{Datagram, SocketId, Transmit};

use super::udp::{Buffers, Socket, Udp};
use crate::counters::Counters;

/// Sockets per table. The engine asks for eight per connection; a server with many addresses
/// shares a few dozens, and each of its connections may ask for some towards relays. Finding one is
/// a scan.
pub(crate) const SOCKETS_MAX: usize = 1_024;

/// One socket and what is known of it.
#[derive(Debug)]
struct Entry<S, O> {
    /// The engine that asked for it, with its name for it.
    owner: Option<(O, SocketId)>,
    udp: Udp<S>,
    /// Something may wait to be read.
    readable: bool,
}

/// Sockets in slots, which stay where they are while others come and go.
#[derive(Debug)]
pub(crate) struct Table<S, O> {
    slots: Vec<Option<Entry<S, O>>>,
    /// Where the next round of reading begins, so that a busy socket does not starve others.
    next: usize,
    /// Bytes of a train about to leave.
    scratch: Vec<u8>,
}

/// How a read from one socket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read<O> {
    /// This many datagrams; more may wait.
    Some(usize),
    /// Nothing waits in any socket.
    Idle,
    /// The socket broke and is gone; who had asked for it.
    Broken(Option<(O, SocketId)>, io::ErrorKind),
}

impl<S: Socket, O: Copy + PartialEq> Table<S, O> {
    pub(crate) fn new() -> Self {
        Table { slots: Vec::new(), next: 0, scratch: Vec::new() }
    }

    /// Takes a bound socket, which `register` makes known to the runtime by its slot. Gives its
    /// local address.
    pub(crate) fn insert(
        &mut self,
        owner: Option<(O, SocketId)>,
        socket: std::net::UdpSocket,
        register: impl FnOnce(usize, std::net::UdpSocket) -> io::Result<S>,
    ) -> io::Result<SocketAddr> {
        let local = socket.local_addr()?;
        self.insert_as(owner, local, socket, register)
    }

    /// As [`Self::insert`], with another local address than the socket's own.
    pub(crate) fn insert_as(
        &mut self,
        owner: Option<(O, SocketId)>,
        local: SocketAddr,
        socket: std::net::UdpSocket,
        register: impl FnOnce(usize, std::net::UdpSocket) -> io::Result<S>,
    ) -> io::Result<SocketAddr> {
        let slot = match self.slots.iter().position(Option::is_none) {
            Some(free) => free,
            None if self.slots.len() < SOCKETS_MAX => {
                self.slots.push(None);
                self.slots.len() - 1
            }
            None => return Err(io::ErrorKind::QuotaExceeded.into()),
        };
        let udp = Udp::new(register(slot, socket)?, local)?;
        self.slots[slot] = Some(Entry { owner, udp, readable: true });
        Ok(local)
    }

    /// Closes a socket of an engine's. Unknown ones are closed already.
    pub(crate) fn close(&mut self, owner: O, id: SocketId) {
        self.close_where(|known| known == (owner, id));
    }

    /// Closes all sockets of an engine's.
    pub(crate) fn close_all(&mut self, owner: O) {
        self.close_where(|(known, _)| known == owner);
    }

    fn close_where(&mut self, is: impl Fn((O, SocketId)) -> bool) {
        for slot in &mut self.slots {
            if slot.as_ref().and_then(|entry| entry.owner).is_some_and(&is) {
                *slot = None;
            }
        }
    }

    /// Something may wait in the socket of this slot.
    #[cfg(feature = "mio")]
    pub(crate) fn mark_readable(&mut self, slot: usize) {
        if let Some(Some(entry)) = self.slots.get_mut(slot) {
            entry.readable = true;
        }
    }

    /// Marks the sockets that `ready` says are readable.
    #[cfg(any(feature = "smol", feature = "tokio"))]
    pub(crate) fn mark_ready(&mut self, mut ready: impl FnMut(&S) -> bool) {
        for entry in self.slots.iter_mut().flatten() {
            // Asked even when marked: asking is what registers for the next time.
            entry.readable |= ready(entry.udp.io());
        }
    }

    /// Whether a socket was left before it was read dry.
    pub(crate) fn any_readable(&self) -> bool {
        self.slots.iter().flatten().any(|entry| entry.readable)
    }

    /// Addresses of the sockets that are nobody's alone, by slot.
    pub(crate) fn shared(&self) -> impl Iterator<Item = SocketAddr> {
        let shared = self.slots.iter().flatten().filter(|entry| entry.owner.is_none());
        shared.map(|entry| entry.udp.local())
    }

    /// Receives one batch from the next socket that has something, and tells who had asked for it.
    pub(crate) fn read(
        &mut self,
        buffers: &mut Buffers,
        counters: &mut Counters,
        mut each: impl FnMut(Option<O>, Datagram<'_>),
    ) -> Read<O> {
        let Some(slot) = self.next_readable() else { return Read::Idle };
        let entry = self.slots[slot].as_mut().expect("it was just found");
        let owner = entry.owner.map(|(owner, _)| owner);
        match entry.udp.receive(buffers, |datagram| each(owner, datagram)) {
            Ok(count) => {
                counters.received += count as u64;
                counters.receive_calls += 1;
                self.next = slot + 1;
                Read::Some(count)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                entry.readable = false;
                Read::Some(0)
            }
            Err(error) if is_passing(error.kind()) => {
                counters.receive_errors += 1;
                self.next = slot + 1;
                Read::Some(0)
            }
            Err(error) => {
                let local = entry.udp.local();
                tracing::warn!(%error, %local, "socket broke");
                counters.broken_sockets += 1;
                let owner = entry.owner;
                self.slots[slot] = None;
                Read::Broken(owner, error.kind())
            }
        }
    }

    fn next_readable(&self) -> Option<usize> {
        let len = self.slots.len();
        let mut order = (0..len).map(|step| (self.next + step) % len);
        order.find(|slot| self.slots[*slot].as_ref().is_some_and(|entry| entry.readable))
    }

    /// Sends each datagram, all of them of UDP, from the socket of its source address.
    pub(crate) fn send(&mut self, transmits: &[Transmit], counters: &mut Counters) {
        let Table { slots, scratch, .. } = self;
        for group in transmits.chunk_by(|a, b| a.source == b.source) {
            let source = group[0].source;
            let found = slots.iter().flatten().find(|entry| entry.udp.local() == source);
            match found {
                Some(entry) => entry.udp.send_all(group, scratch, counters),
                None => counters.sourceless += group.len() as u64,
            }
        }
    }
}

/// Errors that tell of an earlier datagram's fate, or of nothing, and leave the socket usable.
fn is_passing(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::Interrupted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
    )
}
