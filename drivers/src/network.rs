//! All sockets of a driver: UDP, and TCP with what goes over it.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use lapwing_engine::mdns::MDNS_PORT;
use lapwing_engine::{
    ConnectRequest, Protocol, SocketFault, SocketId, SocketReply, SocketRequest, Transmit,
};

use crate::counters::Counters;
use crate::sockets::{Buffers, Read, Registrar, SOCKETS_MAX, Table, open, open_multicast};
use crate::streams::{Arrival, Streams};

/// The sockets of one or more connections; `O` tells whose one is.
#[derive(Debug)]
pub(crate) struct Network<R: Registrar, O> {
    pub(crate) udp: Table<R::Socket, O>,
    streams: Streams<R::Descriptor, O>,
    buffers: Buffers,
    /// Whose turn to read comes first.
    streams_first: bool,
}

/// Makes descriptors of streams known by slots behind those of UDP sockets.
struct Behind<'a, R>(&'a R);

impl<R: Registrar> Registrar for Behind<'_, R> {
    type Socket = R::Socket;
    type Descriptor = R::Descriptor;

    fn register(&self, slot: usize, socket: std::net::UdpSocket) -> io::Result<R::Socket> {
        self.0.register(slot, socket)
    }

    fn watch(&self, slot: usize, descriptor: std::os::fd::OwnedFd) -> io::Result<R::Descriptor> {
        self.0.watch(SOCKETS_MAX + slot, descriptor)
    }
}

impl<R: Registrar, O: Copy + PartialEq> Network<R, O> {
    pub(crate) fn new() -> Self {
        let (udp, streams) = (Table::new(), Streams::new());
        Network { udp, streams, buffers: Buffers::new(), streams_first: false }
    }

    /// Carries out what an engine asks for, and gives what is known of it at once.
    pub(crate) fn serve(
        &mut self,
        owner: O,
        request: SocketRequest,
        now: Instant,
        registrar: &R,
    ) -> Option<SocketReply> {
        match request {
            SocketRequest::Bind { id, protocol, local } => {
                Some(match self.bind(owner, id, protocol, local, registrar) {
                    Ok(local) => SocketReply::Bound { id, local },
                    Err(error) => {
                        tracing::debug!(%local, %error, "socket not opened");
                        SocketReply::Failed { id, fault: error.kind().into() }
                    }
                })
            }
            SocketRequest::Mdns { id, interface, local } => {
                let local = SocketAddr::new(local, MDNS_PORT);
                Some(match self.open_mdns((owner, id), &interface, local, registrar) {
                    Ok(local) => SocketReply::Bound { id, local },
                    Err(error) => {
                        tracing::debug!(interface, %local, %error, "multicast socket not opened");
                        SocketReply::Failed { id, fault: error.kind().into() }
                    }
                })
            }
            SocketRequest::Connect(request) => self.connect(owner, &request, now, registrar),
            SocketRequest::Close { id } => {
                self.udp.close(owner, id);
                self.streams.close(owner, id);
                None
            }
        }
    }

    fn open_mdns(
        &mut self,
        owner: (O, SocketId),
        interface: &str,
        local: SocketAddr,
        registrar: &R,
    ) -> io::Result<SocketAddr> {
        let socket = open_multicast(interface, local)?;
        let register = |slot, socket| registrar.register(slot, socket);
        self.udp.insert_as(Some(owner), local, socket, register)
    }

    fn bind(
        &mut self,
        owner: O,
        id: SocketId,
        protocol: Protocol,
        local: SocketAddr,
        registrar: &R,
    ) -> io::Result<SocketAddr> {
        match protocol {
            Protocol::Udp => {
                let socket = open(local, false)?;
                let register = |slot, socket| registrar.register(slot, socket);
                self.udp.insert(Some((owner, id)), socket, register)
            }
            Protocol::Tcp => self.streams.listen(owner, id, local, &Behind(registrar)),
            Protocol::Tls => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Begins to connect; a reply says that it failed already.
    fn connect(
        &mut self,
        owner: O,
        request: &ConnectRequest,
        now: Instant,
        registrar: &R,
    ) -> Option<SocketReply> {
        let asked = self.streams.connect(owner, request, now, &Behind(registrar));
        let failed = |fault: SocketFault| SocketReply::Failed { id: request.id, fault };
        asked.err().map(failed)
    }

    /// Closes all that an owner asked for.
    pub(crate) fn close_all(&mut self, owner: O) {
        self.udp.close_all(owner);
        self.streams.close_all(owner);
    }

    /// Whether there is something to do without waiting.
    pub(crate) fn any_ready(&self) -> bool {
        self.udp.any_readable() || self.streams.any_ready()
    }

    /// When something is given up.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.streams.next_deadline()
    }

    /// Something became of what sits in this slot.
    #[cfg(feature = "mio")]
    pub(crate) fn mark(&mut self, slot: usize, readable: bool, writable: bool) {
        match slot.checked_sub(SOCKETS_MAX) {
            Some(slot) => self.streams.mark(slot, readable, writable),
            None => self.udp.mark_readable(slot),
        }
    }

    /// Marks the sockets that became ready; true when any is. The streams' question has a second
    /// half: whether it is of interest that one is writable.
    #[cfg(any(feature = "smol", feature = "tokio"))]
    pub(crate) fn mark_ready<C>(
        &mut self,
        context: &mut C,
        socket: impl Fn(&R::Socket, &mut C) -> bool,
        stream: impl Fn(&R::Descriptor, bool, &mut C) -> (bool, bool),
    ) -> bool {
        self.udp.mark_ready(|one| socket(one, context));
        self.streams.mark_ready(|one, wants_write| stream(one, wants_write, context));
        self.any_ready()
    }

    /// Takes what comes with one call from one socket.
    pub(crate) fn read(
        &mut self,
        now: Instant,
        registrar: &R,
        counters: &mut Counters,
        mut each: impl FnMut(Arrival<'_, O>),
    ) -> Read<O> {
        let Network { udp, streams, buffers, streams_first } = self;
        *streams_first = !*streams_first;
        if *streams_first {
            let read = streams.read(now, &Behind(registrar), counters, &mut each);
            if read != Read::Idle {
                return read;
            }
        }
        let read = udp.read(buffers, counters, |owner, datagram| {
            each(match owner {
                Some(owner) => Arrival::Owned(owner, datagram),
                None => Arrival::Datagram(datagram),
            });
        });
        if read != Read::Idle || *streams_first {
            return read;
        }
        streams.read(now, &Behind(registrar), counters, each)
    }

    /// Gives up what took too long.
    pub(crate) fn expire(&mut self, now: Instant, each: impl FnMut(Arrival<'_, O>)) {
        self.streams.expire(now, each);
    }

    /// Sends each datagram from the socket of its source address.
    pub(crate) fn send(&mut self, transmits: &[Transmit], counters: &mut Counters) {
        let is_udp = |transmit: &Transmit| transmit.protocol == Protocol::Udp;
        let way = |transmit: &Transmit| (transmit.source, transmit.destination, transmit.protocol);
        let alike = |a: &Transmit, b: &Transmit| match (is_udp(a), is_udp(b)) {
            (true, true) => true,
            (false, false) => way(a) == way(b),
            _ => false,
        };
        for group in transmits.chunk_by(alike) {
            if is_udp(&group[0]) {
                self.udp.send(group, counters);
            } else {
                self.streams.send(group, counters);
            }
        }
    }
}
