//! Clients of somebody else's machine, `turn-client-proto`, over sockets of the system.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use lapwing_drivers::relay::RelayServer;
use lapwing_engine::Protocol;
use turn_client_proto::api::{Transmit, TurnClientApi, TurnConfig, TurnEvent, TurnRecvRet};
use turn_client_proto::client::TurnClient;
use turn_client_proto::prelude::DelayedTransmitBuild;
use turn_client_proto::tcp::TurnClientTcp;
use turn_client_proto::types::{Instant as ProtoInstant, TransportType, TurnCredentials};
use turn_client_proto::udp::TurnClientUdp;

use super::fixture::port;

/// How long a test waits for what should come at once.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
enum Socket {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

/// A client with its socket.
pub(super) struct Client {
    machine: TurnClient,
    socket: Socket,
    started: Instant,
    transport: TransportType,
    got: Vec<(SocketAddr, Vec<u8>)>,
}

impl Client {
    /// One that has a relayed address.
    pub(super) fn allocated(relay: &RelayServer, protocol: Protocol) -> (Self, SocketAddr) {
        let mut client = Client::new(relay, protocol);
        client.play_until("an allocation", |client| {
            client.event(|event| matches!(event, TurnEvent::AllocationCreated(..)))
        });
        let relayed = client.machine.relayed_addresses().next().expect("it was told").1;
        (client, relayed)
    }

    /// One that is told that there is none for it.
    pub(super) fn refused(relay: &RelayServer, protocol: Protocol) {
        Client::new(relay, protocol).play_until("a refusal", |client| {
            client.event(|event| matches!(event, TurnEvent::AllocationCreateFailed(..)))
        });
    }

    fn new(relay: &RelayServer, protocol: Protocol) -> Self {
        let server = SocketAddr::from(([127, 0, 0, 1], port(relay, protocol)));
        let config = TurnConfig::new(TurnCredentials::new("ada", "secret"));
        let (machine, socket, transport) = match protocol {
            Protocol::Udp => {
                let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
                let local = socket.local_addr().expect("an address");
                socket.connect(server).expect("it is near");
                let machine = TurnClientUdp::allocate(local, server, config);
                (machine.into(), Socket::Udp(socket), TransportType::Udp)
            }
            _ => {
                let stream = TcpStream::connect(server).expect("it listens");
                let local = stream.local_addr().expect("an address");
                let machine = TurnClientTcp::allocate(local, server, config);
                (machine.into(), Socket::Tcp(stream), TransportType::Tcp)
            }
        };
        let (started, got) = (Instant::now(), Vec::new());
        Client { machine, socket, started, transport, got }
    }

    fn now(&self) -> ProtoInstant {
        ProtoInstant::from_nanos(self.started.elapsed().as_nanos() as i64)
    }

    pub(super) fn permit(&mut self, peer: SocketAddr) {
        let now = self.now();
        self.machine.create_permission(TransportType::Udp, peer.ip(), now).expect("it is new");
        self.play_until("a permission", |client| {
            client.event(|event| matches!(event, TurnEvent::PermissionCreated(..)))
        });
    }

    pub(super) fn bind(&mut self, peer: SocketAddr) {
        let now = self.now();
        self.machine.bind_channel(TransportType::Udp, peer, now).expect("it is new");
        self.play_until("a channel", |client| {
            client.event(|event| matches!(event, TurnEvent::ChannelCreated(..)))
        });
    }

    pub(super) fn send(&mut self, peer: SocketAddr, data: &[u8]) {
        let now = self.now();
        let built = self.machine.send_to(TransportType::Udp, peer, data.to_vec(), now);
        if let Some(built) = built.expect("it may send") {
            let bytes = built.data.build();
            self.write(&bytes);
        }
    }

    /// What comes next from a peer.
    pub(super) fn receive(&mut self) -> (SocketAddr, Vec<u8>) {
        self.play_until("data of a peer", |client| !client.got.is_empty());
        self.got.remove(0)
    }

    pub(super) fn give_back(&mut self, relay: &RelayServer) {
        let now = self.now();
        self.machine.delete(now).expect("there is an allocation");
        self.play_until("an end", |_| relay.metrics().allocations == 0);
    }

    fn event(&mut self, wanted: impl Fn(&TurnEvent) -> bool) -> bool {
        let mut events = std::iter::from_fn(|| self.machine.poll_event());
        events.any(|event| wanted(&event))
    }

    fn play_until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let now = self.now();
            self.machine.poll(now);
            while let Some(sent) = self.machine.poll_transmit(now) {
                let bytes = sent.data.to_vec();
                self.write(&bytes);
            }
            if done(self) {
                return;
            }
            assert!(Instant::now() < deadline, "{what} did not come");
            self.read();
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        match &mut self.socket {
            Socket::Udp(socket) => drop(socket.send(bytes).expect("it is near")),
            Socket::Tcp(stream) => stream.write_all(bytes).expect("it is open"),
        }
    }

    /// Waits a little for something.
    fn read(&mut self) {
        let mut bytes = vec![0; 65_535];
        let wait = Some(Duration::from_millis(20));
        let read = match &mut self.socket {
            Socket::Udp(socket) => {
                socket.set_read_timeout(wait).expect("it can wait");
                socket.recv(&mut bytes)
            }
            Socket::Tcp(stream) => {
                stream.set_read_timeout(wait).expect("it can wait");
                stream.read(&mut bytes)
            }
        };
        match read {
            Ok(count) => bytes.truncate(count),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return;
            }
            Err(error) => panic!("{error}"),
        }
        let (from, to) = (self.machine.remote_addr(), self.machine.local_addr());
        let now = self.now();
        let transmit = Transmit::new(bytes, self.transport, from, to);
        match self.machine.recv(transmit, now) {
            TurnRecvRet::PeerData(data) => self.got.push((data.peer, data.data().to_vec())),
            TurnRecvRet::Handled => {}
            other => panic!("{other:?}"),
        }
        while let Some(data) = self.machine.poll_recv(now) {
            self.got.push((data.peer, data.data().to_vec()));
        }
    }
}
