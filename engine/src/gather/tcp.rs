//! Candidates by TCP (RFC 6544): listeners that peers connect to, and connections to theirs.
//!
//! | candidate | how it is connected |
//! |---|---|
//! | passive | a peer connects to its listener |
//! | active | we connect, from any port; the agent knows it by its address and the port 9, as it is signalled |
//! | simultaneous-open | both connect at once, from the port that is signalled: so each opens its own firewall. It is listened on too, for the peer that is there first |

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
    tcp_type: TcpType,
    phase: Phase,
}

impl Listener {
    fn candidate(&self, local: SocketAddr) -> IceCandidate {
        tcp_candidate(self.base, self.tcp_type, local)
    }
}

#[derive(Debug)]
struct Connection {
    /// None where the peer connected.
    id: Option<SocketId>,
    /// The candidate that it belongs to.
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
    pub(super) fn add_base(&mut self, base: Base, ids: [SocketId; 2]) -> Vec<GatherStep> {
        let local = SocketAddr::new(base.local.ip(), 0);
        let active = tcp_candidate(base, TcpType::Active, discard(base));
        let mut steps = vec![GatherStep::Found(active, base.network)];
        for (id, tcp_type) in ids.into_iter().zip([TcpType::Passive, TcpType::SimultaneousOpen]) {
            self.listeners.push(Listener { id, base, tcp_type, phase: Phase::Asked });
            let request = SocketRequest::Bind { id, protocol: Protocol::Tcp, local };
            steps.push(GatherStep::Socket(request));
        }
        steps
    }

    /// It cannot be used any more.
    pub(super) fn remove_base(&mut self, local: SocketAddr) -> Vec<GatherStep> {
        let mut steps = Vec::new();
        self.listeners.retain(|listener| {
            let stays = listener.base.local != local;
            if !stays {
                let open = listener.phase.bound().map(|local| listener.candidate(local));
                steps.extend(open.map(GatherStep::Lost));
                steps.push(close(listener.id));
                if listener.tcp_type == TcpType::Passive {
                    let base = listener.base;
                    let active = tcp_candidate(base, TcpType::Active, discard(base));
                    steps.push(GatherStep::Lost(active));
                }
            }
            stays
        });
        self.connections.retain(|connection| {
            let stays = connection.from.ip() != local.ip();
            if !stays {
                steps.extend(connection.id.map(close));
            }
            stays
        });
        steps
    }

    /// Whether a listener is still being opened.
    pub(super) fn waits(&self) -> bool {
        self.listeners.iter().any(|listener| listener.phase == Phase::Asked)
    }

    /// Where servers are asked from by TCP, so that what they see of it is of use to peers:
    /// the simultaneous-open candidate of a base. `None` while it is being opened.
    pub(super) fn simultaneous(&self, base: Base) -> Option<SocketAddr> {
        let of_base = |one: &&Listener| {
            one.base.local == base.local && one.tcp_type == TcpType::SimultaneousOpen
        };
        match self.listeners.iter().find(of_base).map(|listener| listener.phase) {
            Some(Phase::Asked) => None,
            Some(Phase::Bound(local)) => Some(local),
            // It has none: any port is as good.
            Some(Phase::Failed) | None => Some(SocketAddr::new(base.local.ip(), 0)),
        }
    }

    /// A socket was opened or failed: what follows; `None` for one that is not ours.
    pub(super) fn on_reply(&mut self, reply: SocketReply) -> Option<Vec<GatherStep>> {
        let (id, opened) = reply.opened();
        if let Some(listener) = self.listeners.iter_mut().find(|listener| listener.id == id) {
            let change = listener.phase.take(opened);
            let step = change.map(|change| match change {
                Change::Opened(local) => {
                    GatherStep::Found(listener.candidate(local), listener.base.network)
                }
                Change::Lost(local) => GatherStep::Lost(listener.candidate(local)),
            });
            return Some(step.into_iter().collect());
        }
        let index = self.connections.iter().position(|connection| connection.id == Some(id))?;
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

    /// A datagram that came over a connection of ours is for its candidate.
    pub(super) fn incoming<'a>(&mut self, datagram: Datagram<'a>) -> Datagram<'a> {
        let Datagram { source: remote, destination: local, .. } = datagram;
        let ours = self
            .connections
            .iter()
            .find(|connection| connection.local == Some(local) && connection.remote == remote);
        match ours {
            Some(connection) => return Datagram { destination: connection.from, ..datagram },
            None if self.is_simultaneous(local) => self.connected_by_peer(local, remote),
            None => {}
        }
        datagram
    }

    fn is_simultaneous(&self, local: SocketAddr) -> bool {
        self.listeners.iter().any(|listener| {
            listener.tcp_type == TcpType::SimultaneousOpen && listener.phase.bound() == Some(local)
        })
    }

    /// The peer was there first: what goes to it goes over its connection.
    fn connected_by_peer(&mut self, from: SocketAddr, remote: SocketAddr) {
        let known = self.connections.iter_mut().find(|it| it.from == from && it.remote == remote);
        if let Some(connection) = known {
            // Ours to the same place cannot be opened any more.
            (connection.id, connection.local) = (None, Some(from));
        } else if self.connections.len() < CONNECTIONS_MAX {
            let (id, local, held) = (None, Some(from), Vec::new());
            self.connections.push(Connection { id, from, remote, local, held });
        }
    }

    /// What a candidate that connects sends goes over its connection, which is opened for the
    /// first.
    pub(super) fn outgoing(&mut self, transmit: Transmit, next: SocketId) -> Outgoing {
        let (from, remote) = (transmit.source, transmit.destination);
        let local = match from.port() {
            DISCARD => SocketAddr::new(from.ip(), 0),
            _ if self.is_simultaneous(from) => from,
            _ => return Outgoing::Send(transmit),
        };
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
        let (id, held) = (Some(next), vec![transmit.contents]);
        self.connections.push(Connection { id, from, remote, local: None, held });
        Outgoing::Open(ConnectRequest {
            id: next,
            local,
            remote,
            framing: Framing::Rfc4571,
            tunnel: None,
            tls: None,
        })
    }

    /// Everything is given up.
    pub(super) fn close(&mut self) -> Vec<GatherStep> {
        let listeners = std::mem::take(&mut self.listeners).into_iter().map(|it| it.id);
        let connections = std::mem::take(&mut self.connections).into_iter().filter_map(|it| it.id);
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

fn discard(base: Base) -> SocketAddr {
    SocketAddr::new(base.local.ip(), DISCARD)
}

fn close(id: SocketId) -> GatherStep {
    GatherStep::Socket(SocketRequest::Close { id })
}
