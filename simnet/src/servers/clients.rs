//! The clients of a server that come by TCP and TLS.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use lapwing_engine::Framing;

use crate::host::HostCx;
use crate::net::BindError;
use crate::packet::Packet;
use crate::tcp::{Channel, ConnectionId, Got, Stack, StackEvent, TlsIdentity};
use crate::time::Time;

/// Listens on ports, by TLS on some of them, and carries STUN messages and channel data.
#[derive(Debug, Default)]
pub(super) struct Clients {
    stack: Stack,
    /// With who the server says it is there, where that is by TLS.
    ports: BTreeMap<u16, Option<TlsIdentity>>,
    connections: BTreeMap<ConnectionId, Client>,
    by_ends: BTreeMap<(SocketAddr, SocketAddr), ConnectionId>,
}

#[derive(Debug)]
struct Client {
    local: SocketAddr,
    remote: SocketAddr,
    channel: Channel,
}

/// What a client did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Datagram { local: SocketAddr, remote: SocketAddr, contents: Vec<u8> },
    Gone { local: SocketAddr, remote: SocketAddr },
}

impl Clients {
    pub(super) fn listen(
        &mut self,
        port: u16,
        identity: Option<TlsIdentity>,
        cx: &mut HostCx<'_>,
    ) -> Result<u16, BindError> {
        let port = self.stack.listen(port, cx)?;
        self.ports.insert(port, identity);
        Ok(port)
    }

    /// Takes a packet of TCP, and tells what clients did with it.
    pub(super) fn receive(&mut self, packet: &Packet, cx: &mut HostCx<'_>) -> Vec<Heard> {
        self.stack.receive(packet, cx);
        self.settle(cx)
    }

    /// Time has passed.
    pub(super) fn wake(&mut self, cx: &mut HostCx<'_>) -> Vec<Heard> {
        self.stack.wake(cx);
        self.settle(cx)
    }

    pub(super) fn next_wake(&self) -> Time {
        self.stack.next_wake()
    }

    /// Sends a datagram to a client; without one, or without room, it is lost.
    pub(super) fn send(
        &mut self,
        (local, remote): (SocketAddr, SocketAddr),
        datagram: &[u8],
        cx: &mut HostCx<'_>,
    ) {
        let Some(id) = self.by_ends.get(&(local, remote)) else { return };
        let Some(client) = self.connections.get_mut(id) else { return };
        let mut out = Vec::new();
        if client.channel.write(datagram, &mut out).is_ok() {
            self.stack.write(*id, &out, cx);
        }
    }

    /// Closes the connection of a client.
    pub(super) fn close(&mut self, ends: (SocketAddr, SocketAddr), cx: &mut HostCx<'_>) {
        if let Some(id) = self.by_ends.remove(&ends) {
            self.connections.remove(&id);
            self.stack.close(id, cx);
        }
    }

    fn settle(&mut self, cx: &mut HostCx<'_>) -> Vec<Heard> {
        let mut heard = Vec::new();
        while let Some(event) = self.stack.poll() {
            match event {
                StackEvent::Opened(_) => {}
                StackEvent::Accepted { id, local, remote } => {
                    let identity = self.ports.get(&local.port()).cloned().flatten();
                    let channel = Channel::server(Framing::Stun, identity);
                    self.by_ends.insert((local, remote), id);
                    self.connections.insert(id, Client { local, remote, channel });
                }
                StackEvent::Data(id, bytes) => self.data(id, &bytes, &mut heard, cx),
                StackEvent::Ended(id) | StackEvent::Broken(id, _) => self.gone(id, &mut heard),
            }
        }
        heard
    }

    fn data(
        &mut self,
        id: ConnectionId,
        bytes: &[u8],
        heard: &mut Vec<Heard>,
        cx: &mut HostCx<'_>,
    ) {
        let Some(Client { local, remote, channel }) = self.connections.get_mut(&id) else { return };
        let (local, remote, mut out) = (*local, *remote, Vec::new());
        let received = channel.received(bytes, &mut out, &mut |got| {
            if let Got::Datagram(contents) = got {
                let contents = contents.to_vec();
                heard.push(Heard::Datagram { local, remote, contents });
            }
        });
        self.stack.write(id, &out, cx);
        if received.is_err() {
            self.gone(id, heard);
            self.stack.close(id, cx);
        }
    }

    fn gone(&mut self, id: ConnectionId, heard: &mut Vec<Heard>) {
        if let Some(Client { local, remote, .. }) = self.connections.remove(&id) {
            self.by_ends.remove(&(local, remote));
            heard.push(Heard::Gone { local, remote });
        }
    }
}
