//! The TCP of an endpoint.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use lapwing_engine::SocketFault;

use super::connection::{Connection, Note};
use super::segment::{Segment, refusal};
use crate::host::HostCx;
use crate::net::BindError;
use crate::packet::{IpProtocol, Packet};
use crate::time::Time;

/// Connections of a stack at one time. What comes on top is refused.
pub const CONNECTIONS_MAX: usize = 4_096;

/// A connection of a stack, by the order of their opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

/// What happened to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StackEvent {
    /// One that was asked for is there.
    Opened(ConnectionId),
    /// Somebody connected to a port that is listened on.
    Accepted {
        /// Its name.
        id: ConnectionId,
        /// Its end here.
        local: SocketAddr,
        /// Its other end.
        remote: SocketAddr,
    },
    /// Bytes arrived, in order.
    Data(ConnectionId, Vec<u8>),
    /// The other end has said all, and so have we.
    Ended(ConnectionId),
    /// It could not be opened, or it broke.
    Broken(ConnectionId, SocketFault),
}

/// Listens, connects, and carries bytes for an endpoint, which hands it packets and wake-ups.
///
/// ```
/// use lapwing_simnet::tcp::{Stack, StackEvent};
/// use lapwing_simnet::{Endpoint, HostCx, LinkSpec, Packet, Sim, Time};
///
/// /// Sends back what comes.
/// #[derive(Default)]
/// struct Echo(Stack);
///
/// impl Endpoint for Echo {
///     fn start(&mut self, cx: &mut HostCx<'_>) {
///         self.0.listen(7, cx).expect("the host has no other endpoint");
///     }
///     fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
///         self.0.receive(&packet, cx);
///         while let Some(event) = self.0.poll() {
///             if let StackEvent::Data(id, bytes) = event {
///                 self.0.write(id, &bytes, cx);
///             }
///         }
///         cx.wake_at(self.0.next_wake());
///     }
///     fn wake(&mut self, cx: &mut HostCx<'_>) {
///         self.0.wake(cx);
///         cx.wake_at(self.0.next_wake());
///     }
/// }
///
/// let mut sim = Sim::new(1);
/// let host = sim.host("echo");
/// let echo = sim.attach(host, Echo::default());
/// sim.run_until(Time::from_secs(1));
/// assert_eq!(sim.endpoint(echo).0.connections(), 0);
/// ```
#[derive(Debug, Default)]
pub struct Stack {
    listening: BTreeSet<u16>,
    connections: BTreeMap<ConnectionId, Connection>,
    by_ends: BTreeMap<(SocketAddr, SocketAddr), ConnectionId>,
    next: u64,
    events: VecDeque<StackEvent>,
}

impl Stack {
    /// Listens on all addresses of the host; port 0 asks for any that is free. Gives the port.
    ///
    /// # Errors
    /// As [`HostCx::bind`].
    pub fn listen(&mut self, port: u16, cx: &mut HostCx<'_>) -> Result<u16, BindError> {
        let port = cx.bind(IpProtocol::Tcp, port)?;
        self.listening.insert(port);
        Ok(port)
    }

    /// Listens no more; what was accepted is cut.
    pub fn unlisten(&mut self, port: u16, cx: &mut HostCx<'_>) {
        self.listening.remove(&port);
        let accepted = self.connections.iter();
        let accepted = accepted.filter(|(_, one)| one.accepted && one.local.port() == port);
        for id in accepted.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.abort(id, cx);
        }
        cx.unbind(IpProtocol::Tcp, port);
    }

    /// Begins to connect from an address of the host, and gives the name of the connection and its
    /// local end; port 0 takes any that is free.
    ///
    /// # Errors
    /// As [`HostCx::bind`]; [`BindError::Exhausted`] also where there are too many connections.
    pub fn connect(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        cx: &mut HostCx<'_>,
    ) -> Result<(ConnectionId, SocketAddr), BindError> {
        if self.connections.len() >= CONNECTIONS_MAX {
            return Err(BindError::Exhausted);
        }
        let local = SocketAddr::new(local.ip(), cx.bind(IpProtocol::Tcp, local.port())?);
        if self.by_ends.contains_key(&(local, remote)) {
            return Err(BindError::InUse);
        }
        let connection = Connection::open(local, remote, first_number(local, cx.now()), cx.now());
        let id = self.insert(connection);
        self.flush(id, cx);
        Ok((id, local))
    }

    /// Says bytes; false where there is no room for all of them, or no such connection.
    pub fn write(&mut self, id: ConnectionId, bytes: &[u8], cx: &mut HostCx<'_>) -> bool {
        let written = self.connections.get_mut(&id).is_some_and(|one| one.write(bytes));
        self.flush(id, cx);
        written
    }

    /// Says that nothing more comes, behind all that waits; nothing is told of it any more.
    pub fn close(&mut self, id: ConnectionId, cx: &mut HostCx<'_>) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.finish();
        }
        self.flush(id, cx);
    }

    /// Cuts a connection.
    pub fn abort(&mut self, id: ConnectionId, cx: &mut HostCx<'_>) {
        if let Some(connection) = self.connections.get_mut(&id) {
            let packet = connection.abort();
            cx.send(packet);
        }
        self.flush(id, cx);
    }

    /// Takes a packet of TCP.
    pub fn receive(&mut self, packet: &Packet, cx: &mut HostCx<'_>) {
        let Some(segment) = Segment::read(packet) else { return };
        let (local, remote, now) = (packet.destination(), packet.source(), cx.now());
        let id = match self.by_ends.get(&(local, remote)) {
            Some(id) => *id,
            None => {
                let first = first_number(local, now);
                let room = self.connections.len() < CONNECTIONS_MAX;
                let listens = self.listening.contains(&local.port()) && room;
                let accepted = Connection::accept(local, remote, first, &segment, now);
                if let Some(connection) = accepted.filter(|_| listens) {
                    let id = self.insert(connection);
                    self.flush(id, cx);
                } else if let Some(refusal) = refusal(packet) {
                    cx.send(refusal);
                }
                return;
            }
        };
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let mut notes = Vec::new();
        connection.receive(segment, now, &mut notes);
        self.tell(id, notes);
        self.flush(id, cx);
    }

    /// Time has passed.
    pub fn wake(&mut self, cx: &mut HostCx<'_>) {
        let due = self.connections.iter().filter(|(_, one)| one.next_wake() <= cx.now());
        for id in due.map(|(id, _)| *id).collect::<Vec<_>>() {
            let Some(connection) = self.connections.get_mut(&id) else { continue };
            let mut notes = Vec::new();
            connection.on_time(cx.now(), &mut notes);
            self.tell(id, notes);
            self.flush(id, cx);
        }
    }

    /// When to call [`Self::wake`] next.
    pub fn next_wake(&self) -> Time {
        self.connections.values().map(Connection::next_wake).min().unwrap_or(Time::NEVER)
    }

    /// What happened, the oldest first.
    pub fn poll(&mut self) -> Option<StackEvent> {
        self.events.pop_front()
    }

    /// Connections at present, those that are being opened and closed among them.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    fn insert(&mut self, connection: Connection) -> ConnectionId {
        let id = ConnectionId(self.next);
        self.next += 1;
        self.by_ends.insert((connection.local, connection.remote), id);
        self.connections.insert(id, connection);
        id
    }

    fn tell(&mut self, id: ConnectionId, notes: Vec<Note>) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let (local, remote) = (connection.local, connection.remote);
        for note in notes {
            let event = match note {
                Note::Opened if connection.accepted => StackEvent::Accepted { id, local, remote },
                Note::Opened => StackEvent::Opened(id),
                Note::Data(bytes) => StackEvent::Data(id, bytes),
                Note::Ended => {
                    connection.finish();
                    StackEvent::Ended(id)
                }
                Note::Broken(fault) => StackEvent::Broken(id, fault),
            };
            self.events.push_back(event);
        }
    }

    /// Sends what a connection has to say, and forgets it when it is over.
    fn flush(&mut self, id: ConnectionId, cx: &mut HostCx<'_>) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        while let Some(packet) = connection.poll(cx.now()) {
            cx.send(packet);
        }
        if !connection.is_over() {
            return;
        }
        let (local, remote) = (connection.local, connection.remote);
        self.connections.remove(&id);
        self.by_ends.remove(&(local, remote));
        let is_used = self.by_ends.keys().any(|(other, _)| other.port() == local.port());
        if !is_used && !self.listening.contains(&local.port()) {
            cx.unbind(IpProtocol::Tcp, local.port());
        }
    }
}

/// The number of a SYN: later ones are higher, so that what is left of an earlier connection
/// between the same ends is not taken for a later one's (RFC 9293 section 3.4.1: one every 4 us).
fn first_number(local: SocketAddr, now: Time) -> u32 {
    let ticks = now.as_nanos() / 4_000;
    (ticks as u32).wrapping_add(u32::from(local.port()) << 16)
}
