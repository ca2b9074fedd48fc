//! The connections and listeners of a driver: by slot, by name, and by their addresses.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use lapwing_engine::{ConnectRequest, Protocol, SocketFault, SocketId};

use super::connection::{Connection, READ_BYTES};
use super::layers::Layers;
use super::listener::{Listener, Use};
use super::open;
use crate::sockets::Registrar;

/// Connections and listeners of a driver. One connection asks for a few; a driver of many may have
/// as many of them as it has descriptors.
const STREAMS_MAX: usize = 1_024;

/// How long it may take until a connection is open, its tunnel and TLS with it.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// One of them, and whose it is.
#[derive(Debug)]
pub(super) struct Entry<D, O> {
    pub(super) owner: O,
    pub(super) kind: Kind<D>,
}

#[derive(Debug)]
pub(super) enum Kind<D> {
    Listener {
        id: SocketId,
        listener: Listener<D>,
    },
    /// Asked for by the engine.
    Asked {
        id: SocketId,
        connection: Box<Connection<D>>,
        deadline: Option<Instant>,
    },
    /// Made by a peer.
    Accepted {
        connection: Box<Connection<D>>,
        usage: Use,
    },
}

/// Connections and listeners in slots, which stay where they are while others come and go. `O`
/// tells whose they are.
pub(crate) struct Streams<D, O> {
    pub(super) slots: Vec<Option<Entry<D, O>>>,
    /// Open connections, by what carries datagrams over them.
    pub(super) paths: HashMap<(Protocol, SocketAddr, SocketAddr), usize>,
    /// Where the next round of reading begins, so that a busy one does not starve others.
    pub(super) next: usize,
    pub(super) buffer: Vec<u8>,
    pub(super) scratch: Vec<u8>,
}

impl<D: AsFd + fmt::Debug, O: Copy + PartialEq> Streams<D, O> {
    pub(crate) fn new() -> Self {
        Streams {
            slots: Vec::new(),
            paths: HashMap::new(),
            next: 0,
            buffer: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Begins to open a connection. What becomes of it is told later.
    pub(crate) fn connect(
        &mut self,
        owner: O,
        request: &ConnectRequest,
        now: Instant,
        registrar: &impl Registrar<Descriptor = D>,
    ) -> Result<(), SocketFault> {
        let layers = Layers::new(request)?;
        let slot = self.free_slot().map_err(|error| error.kind())?;
        let &ConnectRequest { id, local, remote, .. } = request;
        let io = open::connect(local, remote)
            .and_then(|socket| registrar.watch(slot, socket))
            .inspect_err(|error| tracing::debug!(%error, %local, %remote, "not connected"))
            .map_err(|error| error.kind())?;
        let connection = Connection::new(io, request.protocol(), (local, remote), layers);
        let (connection, deadline) = (Box::new(connection), Some(now + OPEN_TIMEOUT));
        self.slots[slot] = Some(Entry { owner, kind: Kind::Asked { id, connection, deadline } });
        self.grow_buffer();
        Ok(())
    }

    /// Listens for peers, and gives the address.
    pub(crate) fn listen(
        &mut self,
        owner: O,
        id: SocketId,
        local: SocketAddr,
        registrar: &impl Registrar<Descriptor = D>,
    ) -> io::Result<SocketAddr> {
        let slot = self.free_slot()?;
        let (socket, local) = open::listen(local)?;
        let listener = Listener::new(registrar.watch(slot, socket)?, local);
        self.slots[slot] = Some(Entry { owner, kind: Kind::Listener { id, listener } });
        self.grow_buffer();
        Ok(local)
    }

    /// Memory to read into, once it is of use.
    fn grow_buffer(&mut self) {
        self.buffer.resize(READ_BYTES, 0);
    }

    pub(super) fn free_slot(&mut self) -> io::Result<usize> {
        match self.slots.iter().position(Option::is_none) {
            Some(free) => Ok(free),
            None if self.slots.len() < STREAMS_MAX => {
                self.slots.push(None);
                Ok(self.slots.len() - 1)
            }
            None => Err(io::ErrorKind::QuotaExceeded.into()),
        }
    }

    /// Closes a connection, or a listener with all that it accepted. Unknown ones are closed
    /// already.
    pub(crate) fn close(&mut self, owner: O, id: SocketId) {
        let is = |entry: &Entry<D, O>| entry.owner == owner && entry.kind.id() == Some(id);
        self.close_where(is);
    }

    /// Closes all of an owner.
    pub(crate) fn close_all(&mut self, owner: O) {
        self.close_where(|entry| entry.owner == owner);
    }

    fn close_where(&mut self, is: impl Fn(&Entry<D, O>) -> bool) {
        for slot in 0..self.slots.len() {
            if !self.slots[slot].as_ref().is_some_and(&is) {
                continue;
            }
            let Some(Kind::Listener { .. }) = self.take(slot) else { continue };
            for other in 0..self.slots.len() {
                let entry = self.slots[other].as_ref();
                if entry.is_some_and(|entry| entry.kind.listener() == Some(slot)) {
                    self.take(other);
                }
            }
        }
    }

    /// Takes out what sits in a slot; a connection says goodbye. A listener is given back.
    pub(super) fn take(&mut self, slot: usize) -> Option<Kind<D>> {
        let entry = self.slots.get_mut(slot)?.take()?;
        match entry.kind {
            Kind::Asked { connection, .. } | Kind::Accepted { connection, .. } => {
                let path = connection.path();
                if self.paths.get(&path) == Some(&slot) {
                    self.paths.remove(&path);
                }
                connection.close();
                None
            }
            listener @ Kind::Listener { .. } => Some(listener),
        }
    }

    /// Something became of what sits in this slot.
    #[cfg(feature = "mio")]
    pub(crate) fn mark(&mut self, slot: usize, readable: bool, writable: bool) {
        if let Some(Some(entry)) = self.slots.get_mut(slot) {
            entry.kind.mark(readable, writable);
        }
    }

    /// Marks those that `ready` says are readable or writable. It is told whether it is of interest
    /// that one is writable.
    #[cfg(any(feature = "smol", feature = "tokio"))]
    pub(crate) fn mark_ready(&mut self, mut ready: impl FnMut(&D, bool) -> (bool, bool)) {
        for entry in self.slots.iter_mut().flatten() {
            // Asked even when marked: asking is what registers for the next time.
            let (readable, writable) = match &entry.kind {
                Kind::Listener { listener, .. } => ready(listener.io(), false),
                Kind::Asked { connection, .. } | Kind::Accepted { connection, .. } => {
                    ready(connection.io(), connection.wants_write())
                }
            };
            entry.kind.mark(readable, writable);
        }
    }

    /// Whether there is something to do without waiting.
    pub(crate) fn any_ready(&self) -> bool {
        self.slots.iter().flatten().any(|entry| entry.kind.is_ready())
    }

    /// When the next connection that is not open yet is given up.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.slots.iter().flatten().filter_map(|entry| entry.kind.deadline()).min()
    }
}

impl<D: AsFd> Kind<D> {
    fn id(&self) -> Option<SocketId> {
        match self {
            Kind::Listener { id, .. } | Kind::Asked { id, .. } => Some(*id),
            Kind::Accepted { .. } => None,
        }
    }

    /// The slot of the listener that accepted it.
    pub(super) fn listener(&self) -> Option<usize> {
        match self {
            Kind::Accepted { usage, .. } => Some(usage.listener),
            Kind::Listener { .. } | Kind::Asked { .. } => None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Kind::Asked { deadline, .. } => *deadline,
            Kind::Listener { .. } | Kind::Accepted { .. } => None,
        }
    }

    fn mark(&mut self, readable: bool, writable: bool) {
        match self {
            Kind::Listener { listener, .. } => listener.readable |= readable,
            Kind::Asked { connection, .. } | Kind::Accepted { connection, .. } => {
                connection.mark(readable, writable);
            }
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        match self {
            Kind::Listener { listener, .. } => listener.readable,
            Kind::Asked { connection, .. } | Kind::Accepted { connection, .. } => {
                connection.is_ready()
            }
        }
    }
}

impl<D, O> fmt::Debug for Streams<D, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").field("slots", &self.slots.len()).finish_non_exhaustive()
    }
}
