//! Candidates by TCP (RFC 6544): listeners that peers connect to, and connections to theirs.
//!
//! The agent knows an active candidate by its address and the port 9, as it is signalled. Which
//! port a connection has is known here only.

use std::net::SocketAddr;

use super::candidates::{Base, tcp_candidate};
use super::phase::{Change, Phase};
use super::step::GatherStep;
use crate::candidate::IceCandidate;
use crate::datagram::{Datagram, Protocol, Transmit};
use crate::ice::TcpType;
use crate::socket::{ConnectRequest, Framing, SocketId, SocketReply, SocketRequest};

/// The port of candidates that only connect (RFC 6544 section 4.5): the one of discard.
const DISCARD: u16 = 9;

/// Connections to peers.
const CONNECTIONS_MAX: usize = 32;

/// Datagrams that wait for a connection; more are lost, as on a network.
const HELD_MAX: usize = 4;

#[derive(Debug)]
struct Listener {
    id: SocketId,
    base: Base,
    phase: Phase,
}

#[derive(Debug)]
struct Connection {
    id: SocketId,
    /// The active candidate that it belongs to.
    from: SocketAddr,
    remote: SocketAddr,
    /// Our end, once it is open.
    local: Option<SocketAddr>,
    held: Vec<Vec<u8>>,
}

/// All that is reached by TCP.
#[derive(Debug, Default)]
pub(super) struct Tcp {
    listeners: Vec<Listener>,
    connections: Vec<Connection>,
}

impl Tcp {
    /// An address of ours can be used: it is listened on, and connected from.
    pub(super) fn add_base(&mut self, base: Base, id: SocketId) -> [GatherStep; 2] {
        let local = SocketAddr::new(base.local.ip(), 0);
        self.listeners.push(Listener { id, base, phase: Phase::Asked });
        let active = tcp_candidate(base, TcpType::Active, discard(base));
        [
            GatherStep::Found(active, base.network),
            GatherStep::Socket(SocketRequest::Bind { id, protocol: Protocol::Tcp, local }),
        ]
    }

    /// It cannot be used any more.
    pub(super) fn remove_base(&mut self, local: SocketAddr) -> Vec<GatherStep> {
        let mut steps = Vec::new();
        self.listeners.retain(|listener| {
            let stays = listener.base.local != local;
            if !stays {
                let base = listener.base;
                let open = listener.phase.bound().map(|local| passive(base, local));
                steps.extend(open.map(GatherStep::Lost));
                steps.push(close(listener.id));
                steps.push(GatherStep::Lost(tcp_candidate(base, TcpType::Active, discard(base))));
            }
            stays
        });
        self.connections.retain(|connection| {
            let stays = connection.from.ip() != local.ip();
            if !stays {
                steps.push(close(connection.id));
            }
            stays
        });
        steps
    }

    /// Whether a listener is still being opened.
    pub(super) fn waits(&self) -> bool {
        self.listeners.iter().any(|listener| listener.phase == Phase::Asked)
    }

    /// A socket was opened or failed: what follows; `None` for one that is not ours.
    pub(super) fn on_reply(&mut self, reply: SocketReply) -> Option<Vec<GatherStep>> {
        let (id, opened) = reply.opened();
        if let Some(listener) = self.listeners.iter_mut().find(|listener| listener.id == id) {
            let base = listener.base;
            let step = listener.phase.take(opened).map(|change| match change {
                Change::Opened(local) => GatherStep::Found(passive(base, local), base.network),
                Change::Lost(local) => GatherStep::Lost(passive(base, local)),
            });
            return Some(step.into_iter().collect());
        }
        let index = self.connections.iter().position(|connection| connection.id == id)?;
        let Ok(local) = opened else {
            self.connections.remove(index);
            return Some(Vec::new());
        };
        let connection = &mut self.connections[index];
        connection.local = Some(local);
        let held = std::mem::take(&mut connection.held);
        let (source, destination) = (local, connection.remote);
        let transmit = |contents| Transmit {
            protocol: Protocol::Tcp,
            source,
            destination,
            ecn: None,
            contents,
        };
        Some(held.into_iter().map(transmit).map(GatherStep::Transmit).collect())
    }

    /// A datagram that came over a connection of ours is for its active candidate.
    pub(super) fn incoming<'a>(&self, datagram: Datagram<'a>) -> Datagram<'a> {
        let ours = self.connections.iter().find(|connection| {
            connection.local == Some(datagram.destination) && connection.remote == datagram.source
        });
        match ours {
            Some(connection) => Datagram { destination: connection.from, ..datagram },
            None => datagram,
        }
    }

    /// What an active candidate sends goes over its connection, which is opened for the first.
    pub(super) fn outgoing(&mut self, transmit: Transmit, next: SocketId) -> Outgoing {
        let (from, remote) = (transmit.source, transmit.destination);
        if from.port() != DISCARD {
            return Outgoing::Send(transmit);
        }
        let known = self.connections.iter_mut().find(|it| it.from == from && it.remote == remote);
        if let Some(connection) = known {
            if let Some(source) = connection.local {
                return Outgoing::Send(Transmit { source, ..transmit });
            }
            if connection.held.len() < HELD_MAX {
                connection.held.push(transmit.contents);
            }
            return Outgoing::Wait;
        }
        if self.connections.len() >= CONNECTIONS_MAX {
            return Outgoing::Wait;
        }
        let (local, held) = (None, vec![transmit.contents]);
        self.connections.push(Connection { id: next, from, remote, local, held });
        Outgoing::Open(ConnectRequest {
            id: next,
            local: SocketAddr::new(from.ip(), 0),
            remote,
            framing: Framing::Rfc4571,
            tunnel: None,
            tls: None,
        })
    }

    /// Everything is given up.
    pub(super) fn close(&mut self) -> Vec<GatherStep> {
        let listeners = std::mem::take(&mut self.listeners).into_iter().map(|it| it.id);
        let connections = std::mem::take(&mut self.connections).into_iter().map(|it| it.id);
        listeners.chain(connections).map(close).collect()
    }
}

/// What becomes of a datagram.
#[derive(Debug)]
pub(super) enum Outgoing {
    Send(Transmit),
    /// It waits for its connection, or is lost.
    Wait,
    /// As before, and the connection is to be opened.
    Open(ConnectRequest),
}

fn passive(base: Base, local: SocketAddr) -> IceCandidate {
    tcp_candidate(base, TcpType::Passive, local)
}

fn discard(base: Base) -> SocketAddr {
    SocketAddr::new(base.local.ip(), DISCARD)
}

fn close(id: SocketId) -> GatherStep {
    GatherStep::Socket(SocketRequest::Close { id })
}
