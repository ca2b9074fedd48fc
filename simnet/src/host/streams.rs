//! The connections of an engine, by TCP and TLS.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use lapwing_engine::{
    ConnectRequest, Datagram, Framing, Input, Protocol, SocketFault, SocketId, SocketReply,
    Transmit,
};

use crate::host::HostCx;
use crate::net::BindError;
use crate::packet::Packet;
use crate::tcp::{Channel, ConnectionId, Got, Stack, StackEvent};
use crate::time::Time;

/// How long it may take until a connection is open, its tunnel and TLS with it: as drivers have it.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections, and what they brought that the engine was not told yet.
#[derive(Debug, Default)]
pub(super) struct Streams {
    stack: Stack,
    listeners: BTreeMap<SocketId, SocketAddr>,
    carried: BTreeMap<ConnectionId, Carried>,
    /// Open ones, by what carries datagrams over them.
    paths: BTreeMap<(Protocol, SocketAddr, SocketAddr), ConnectionId>,
    pending: VecDeque<Pending>,
}

/// One connection.
#[derive(Debug)]
struct Carried {
    protocol: Protocol,
    local: SocketAddr,
    remote: SocketAddr,
    channel: Channel,
    asked: Asked,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    /// By a peer, of this listener.
    ByPeer(SocketId),
    /// By the engine, until then; with what is to be said once there is a connection.
    Opening { id: SocketId, until: Time, first: Vec<u8> },
    /// By the engine.
    Open(SocketId),
}

impl Carried {
    fn id(&self) -> Option<SocketId> {
        match &self.asked {
            Asked::ByPeer(_) => None,
            Asked::Opening { id, .. } | Asked::Open(id) => Some(*id),
        }
    }

    fn path(&self) -> (Protocol, SocketAddr, SocketAddr) {
        (self.protocol, self.local, self.remote)
    }

    fn deadline(&self) -> Time {
        match &self.asked {
            Asked::Opening { until, .. } => *until,
            Asked::ByPeer(_) | Asked::Open(_) => Time::NEVER,
        }
    }
}

/// Something that the engine is to be told.
#[derive(Debug)]
pub(super) enum Pending {
    Reply(SocketReply),
    Datagram { path: (Protocol, SocketAddr, SocketAddr), contents: Vec<u8> },
}

impl Pending {
    pub(super) fn input(&self) -> Input<'_> {
        match self {
            Pending::Reply(reply) => Input::Socket(*reply),
            Pending::Datagram { path: (protocol, local, remote), contents } => {
                let (protocol, source, destination) = (*protocol, *remote, *local);
                Input::Datagram(Datagram { protocol, source, destination, ecn: None, contents })
            }
        }
    }
}

impl Streams {
    /// What the engine is to be told next.
    pub(super) fn next(&mut self) -> Option<Pending> {
        self.pending.pop_front()
    }

    pub(super) fn connect(&mut self, request: &ConnectRequest, cx: &mut HostCx<'_>) {
        if let Err(fault) = self.try_connect(request, cx) {
            let failed = SocketReply::Failed { id: request.id, fault };
            self.pending.push_back(Pending::Reply(failed));
        }
    }

    fn try_connect(
        &mut self,
        request: &ConnectRequest,
        cx: &mut HostCx<'_>,
    ) -> Result<(), SocketFault> {
        let (channel, first) = Channel::client(request)?;
        let &ConnectRequest { id, local, remote, .. } = request;
        let opened = self.stack.connect(local, remote, cx);
        let (connection, local) = opened.map_err(|_| SocketFault::AddressUnavailable)?;
        let asked = Asked::Opening { id, until: cx.now() + OPEN_TIMEOUT, first };
        let protocol = request.protocol();
        self.carried.insert(connection, Carried { protocol, local, remote, channel, asked });
        Ok(())
    }

    /// Listens for peers.
    pub(super) fn listen(
        &mut self,
        id: SocketId,
        local: SocketAddr,
        cx: &mut HostCx<'_>,
    ) -> Result<SocketAddr, BindError> {
        let local = SocketAddr::new(local.ip(), self.stack.listen(local.port(), cx)?);
        self.listeners.insert(id, local);
        Ok(local)
    }

    /// Closes a connection, or a listener with what it accepted.
    pub(super) fn close(&mut self, id: SocketId, cx: &mut HostCx<'_>) {
        let of_listener = Asked::ByPeer(id);
        let closed = self.carried.iter();
        let closed = closed.filter(|(_, one)| one.id() == Some(id) || one.asked == of_listener);
        for connection in closed.map(|(connection, _)| *connection).collect::<Vec<_>>() {
            self.forget(connection);
            self.stack.close(connection, cx);
        }
        if let Some(local) = self.listeners.remove(&id)
            && !self.listeners.values().any(|other| other.port() == local.port())
        {
            self.stack.unlisten(local.port(), cx);
        }
    }

    /// The engine is gone.
    pub(super) fn release(&mut self, cx: &mut HostCx<'_>) {
        let listeners = self.listeners.keys().copied();
        let asked = self.carried.values().filter_map(Carried::id);
        for id in listeners.chain(asked).collect::<Vec<_>>() {
            self.close(id, cx);
        }
        self.pending.clear();
    }

    /// Sends a datagram over its connection; false where there is none, or no room.
    pub(super) fn send(&mut self, transmit: &Transmit, cx: &mut HostCx<'_>) -> bool {
        let path = (transmit.protocol, transmit.source, transmit.destination);
        let Some(&connection) = self.paths.get(&path) else { return false };
        let Some(carried) = self.carried.get_mut(&connection) else { return false };
        let mut bytes = Vec::new();
        let written = carried.channel.write(&transmit.contents, &mut bytes);
        written.is_ok() && self.stack.write(connection, &bytes, cx)
    }

    pub(super) fn receive(&mut self, packet: &Packet, cx: &mut HostCx<'_>) {
        self.stack.receive(packet, cx);
        self.settle(cx);
    }

    pub(super) fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.stack.wake(cx);
        self.settle(cx);
        let late = self.carried.iter().filter(|(_, one)| one.deadline() <= cx.now());
        for connection in late.map(|(connection, _)| *connection).collect::<Vec<_>>() {
            self.fail(connection, SocketFault::TimedOut, cx);
        }
    }

    pub(super) fn next_wake(&self) -> Time {
        let deadlines = self.carried.values().map(Carried::deadline);
        deadlines.fold(self.stack.next_wake(), Time::min)
    }

    fn settle(&mut self, cx: &mut HostCx<'_>) {
        while let Some(event) = self.stack.poll() {
            match event {
                StackEvent::Opened(connection) => self.opened(connection, cx),
                StackEvent::Accepted { id, local, remote } => self.accepted(id, local, remote),
                StackEvent::Data(connection, bytes) => self.data(connection, &bytes, cx),
                StackEvent::Ended(connection) => self.fail(connection, SocketFault::Closed, cx),
                StackEvent::Broken(connection, fault) => self.fail(connection, fault, cx),
            }
        }
    }

    fn opened(&mut self, connection: ConnectionId, cx: &mut HostCx<'_>) {
        let Some(carried) = self.carried.get_mut(&connection) else { return };
        if let Asked::Opening { first, .. } = &carried.asked {
            self.stack.write(connection, first, cx);
        }
        if carried.channel.is_open() {
            self.open(connection);
        }
    }

    /// Datagrams may go both ways.
    fn open(&mut self, connection: ConnectionId) {
        let Some(carried) = self.carried.get_mut(&connection) else { return };
        self.paths.insert(carried.path(), connection);
        if let Some(id) = carried.id() {
            carried.asked = Asked::Open(id);
            let connected = SocketReply::Connected { id, local: carried.local };
            self.pending.push_back(Pending::Reply(connected));
        }
    }

    fn accepted(&mut self, connection: ConnectionId, local: SocketAddr, remote: SocketAddr) {
        let listener = self.listeners.iter().find(|(_, at)| at.port() == local.port());
        let Some((&id, _)) = listener else { return };
        let (protocol, asked) = (Protocol::Tcp, Asked::ByPeer(id));
        let channel = Channel::server(Framing::Rfc4571, None);
        self.carried.insert(connection, Carried { protocol, local, remote, channel, asked });
        self.open(connection);
    }

    fn data(&mut self, connection: ConnectionId, bytes: &[u8], cx: &mut HostCx<'_>) {
        let Some(carried) = self.carried.get_mut(&connection) else { return };
        let (mut out, mut got, path) = (Vec::new(), Vec::new(), carried.path());
        let heard = carried.channel.received(bytes, &mut out, &mut |one| {
            got.push(match one {
                Got::Open => None,
                Got::Datagram(contents) => Some(contents.to_vec()),
            });
        });
        self.stack.write(connection, &out, cx);
        for one in got {
            match one {
                None => self.open(connection),
                Some(contents) => self.pending.push_back(Pending::Datagram { path, contents }),
            }
        }
        if let Err(fault) = heard {
            self.fail(connection, fault, cx);
        }
    }

    /// A connection is over; who asked for it is told.
    fn fail(&mut self, connection: ConnectionId, fault: SocketFault, cx: &mut HostCx<'_>) {
        if let Some(carried) = self.forget(connection)
            && let Some(id) = carried.id()
        {
            self.pending.push_back(Pending::Reply(SocketReply::Failed { id, fault }));
        }
        self.stack.close(connection, cx);
    }

    fn forget(&mut self, connection: ConnectionId) -> Option<Carried> {
        let carried = self.carried.remove(&connection)?;
        let path = carried.path();
        if self.paths.get(&path) == Some(&connection) {
            self.paths.remove(&path);
        }
        Some(carried)
    }
}

#[cfg(test)]
mod tests;
