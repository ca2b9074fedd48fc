//! Clients: `turn-client-proto` makes allocations and channels, then bytes are sent as they are.

use std::error::Error;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use turn_client_proto::api::{Transmit, TurnClientApi, TurnConfig, TurnEvent};
use turn_client_proto::prelude::DelayedTransmitBuild;
use turn_client_proto::types::{Instant as ProtoInstant, TransportType, TurnCredentials};
use turn_client_proto::udp::TurnClientUdp;

/// How long something may take that comes at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// Payloads that a client sends in one go: about a video frame.
const BURST: usize = 16;

/// A client with an allocation.
pub(crate) struct Client {
    machine: TurnClientUdp,
    socket: UdpSocket,
    started: Instant,
    relayed: SocketAddr,
}

impl Client {
    pub(crate) fn allocated(server: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let config = TurnConfig::new(TurnCredentials::new("ada", "secret"));
        let machine = TurnClientUdp::allocate(socket.local_addr()?, server, config);
        let (started, relayed) = (Instant::now(), server);
        let mut client = Client { machine, socket, started, relayed };
        client
            .play_until("allocation", |event| matches!(event, TurnEvent::AllocationCreated(..)))?;
        let relayed = client.machine.relayed_addresses().next().ok_or("no relayed address")?;
        client.relayed = relayed.1;
        Ok(client)
    }

    /// Channel data to a peer, as bytes, once there is a channel.
    fn channel_data(&mut self, peer: SocketAddr, bytes: usize) -> Result<Vec<u8>, Box<dyn Error>> {
        let now = self.now();
        self.machine.bind_channel(TransportType::Udp, peer, now)?;
        self.play_until("channel", |event| matches!(event, TurnEvent::ChannelCreated(..)))?;
        let now = self.now();
        let built = self.machine.send_to(TransportType::Udp, peer, vec![7; bytes], now)?;
        let data = built.ok_or("no channel data")?.data.build();
        assert_eq!(data.len(), bytes + 4, "a header of four bytes");
        Ok(data)
    }

    fn now(&self) -> ProtoInstant {
        ProtoInstant::from_nanos(self.started.elapsed().as_nanos() as i64)
    }

    fn play_until(
        &mut self,
        what: &str,
        done: impl Fn(&TurnEvent) -> bool,
    ) -> Result<(), Box<dyn Error>> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let now = self.now();
            self.machine.poll(now);
            while let Some(sent) = self.machine.poll_transmit(now) {
                self.socket.send(&sent.data)?;
            }
            while let Some(event) = self.machine.poll_event() {
                if done(&event) {
                    return Ok(());
                }
            }
            let mut bytes = vec![0; 1500];
            match self.socket.recv(&mut bytes) {
                Ok(count) => bytes.truncate(count),
                Err(error) if is_timeout(error.kind()) => continue,
                Err(error) => return Err(error.into()),
            }
            let (from, to) = (self.machine.remote_addr(), self.machine.local_addr());
            let now = self.now();
            self.machine.recv(Transmit::new(bytes, TransportType::Udp, from, to), now);
        }
        Err(format!("no {what}").into())
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Payloads of one client for another.
pub(crate) struct Flow {
    from: Client,
    to: Client,
    bytes: Vec<u8>,
}

impl Flow {
    pub(crate) fn new(server: SocketAddr, bytes: usize) -> Result<Self, Box<dyn Error>> {
        let mut from = Client::allocated(server)?;
        let mut to = Client::allocated(server)?;
        let sent = from.channel_data(to.relayed, bytes)?;
        to.channel_data(from.relayed, bytes)?;
        to.socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        Ok(Flow { from, to, bytes: sent })
    }
}

/// Sends so many payloads, a burst of each flow in turn, each round awaited before the next. Gives
/// how many arrived.
pub(crate) fn play(flows: &mut [Flow], count: usize) -> Result<usize, Box<dyn Error>> {
    let (mut sent, mut arrived) = (0, 0);
    let mut bytes = vec![0; 1500];
    while sent < count {
        // As many at once as one client alone would send, so that queues stay short.
        let each = (BURST * 2 / flows.len()).max(1);
        let mut waiting = Vec::new();
        for flow in flows.iter() {
            let now = each.min(count - sent);
            for _ in 0..now {
                flow.from.socket.send(&flow.bytes)?;
            }
            sent += now;
            waiting.push(now);
        }
        for (flow, waiting) in flows.iter().zip(waiting) {
            for _ in 0..waiting {
                match flow.to.socket.recv(&mut bytes) {
                    Ok(length) if length == flow.bytes.len() => arrived += 1,
                    Ok(_) => {}
                    Err(error) if is_timeout(error.kind()) => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
    Ok(arrived)
}
