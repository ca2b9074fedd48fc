//! The forwarder's thread: its sockets and its clock. Rooms talk to it through a
//! [`ForwardHandle`].

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lapwing_engine::{Datagram, Protocol, Transmit};
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};

use super::forwarder::{Forwarder, ForwarderConfig, ForwarderOutput};
use crate::serve::hub::{Command, Entropy, Notice};

/// Datagrams taken from one socket before the others and the timers have their turn.
const BATCH_MAX: usize = 128;

/// The largest UDP payload.
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// Readiness of the wake-up; sockets are numbered from 0.
const WAKE: Token = Token(usize::MAX);

/// Sockets for media, open and waiting for a forwarder.
#[derive(Debug)]
pub struct MediaSockets {
    sockets: Vec<UdpSocket>,
    addresses: Vec<SocketAddr>,
}

impl MediaSockets {
    /// One socket per address, all on `port`; with port 0 each takes any.
    ///
    /// # Errors
    /// The operating system's, with the address it is about.
    pub fn bind(addresses: &[IpAddr], port: u16) -> Result<Self, (SocketAddr, io::Error)> {
        let mut bound = MediaSockets { sockets: Vec::new(), addresses: Vec::new() };
        for address in addresses {
            let address = SocketAddr::new(*address, port);
            let fault = |error| (address, error);
            let socket = UdpSocket::bind(address).map_err(fault)?;
            bound.addresses.push(socket.local_addr().map_err(fault)?);
            bound.sockets.push(socket);
        }
        Ok(bound)
    }

    /// Where they are.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

#[derive(Debug)]
enum Order {
    Command(Command),
    Stop,
}

/// The way to a running forwarder. Dropping it ends the forwarder's thread.
#[derive(Debug)]
pub struct ForwardHandle {
    orders: Sender<Order>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<()>>,
}

impl ForwardHandle {
    /// For the forwarder, in the order of calls.
    pub fn command(&self, command: Command) {
        self.order(Order::Command(command));
    }

    fn order(&self, order: Order) {
        // A forwarder that has ended needs no orders.
        if self.orders.send(order).is_ok() {
            let _ = self.waker.wake();
        }
    }
}

impl Drop for ForwardHandle {
    fn drop(&mut self) {
        self.order(Order::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by the panic itself.
            let _ = thread.join();
        }
    }
}

/// A forwarder that has its sockets and waits for the rooms.
#[derive(Debug)]
pub struct PreparedForwarder {
    poll: Poll,
    waker: Arc<Waker>,
    sockets: MediaSockets,
    advertised: Vec<IpAddr>,
}

impl PreparedForwarder {
    /// Sets the sockets up for waiting.
    ///
    /// # Errors
    /// The operating system's.
    pub fn new(mut sockets: MediaSockets, advertised: Vec<IpAddr>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        for (index, socket) in sockets.sockets.iter_mut().enumerate() {
            poll.registry().register(socket, Token(index), Interest::READABLE)?;
        }
        Ok(PreparedForwarder { poll, waker, sockets, advertised })
    }

    /// Starts the thread. `tell` is called there with what the rooms are to be told.
    ///
    /// # Errors
    /// The operating system's.
    pub fn start(self, tell: impl FnMut(Notice) + Send + 'static) -> io::Result<ForwardHandle> {
        let (orders, receiver) = channel();
        let waker = Arc::clone(&self.waker);
        let thread = std::thread::Builder::new().name("forward".to_owned()).spawn(move || {
            Loop::new(self, receiver, tell).run();
        })?;
        Ok(ForwardHandle { orders, waker, thread: Some(thread) })
    }
}

struct Loop<F> {
    poll: Poll,
    sockets: Vec<UdpSocket>,
    addresses: Vec<SocketAddr>,
    /// Sockets that may have more to read.
    readable: Vec<bool>,
    orders: Receiver<Order>,
    forwarder: Forwarder,
    buffer: Vec<u8>,
    tell: F,
}

impl<F: FnMut(Notice)> Loop<F> {
    fn new(prepared: PreparedForwarder, orders: Receiver<Order>, tell: F) -> Self {
        let PreparedForwarder { poll, sockets, advertised, .. } = prepared;
        let config = ForwarderConfig {
            sockets: sockets.addresses.clone(),
            advertised,
            entropy: Entropy::system(),
            unix_time: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            started: Instant::now(),
        };
        Loop {
            poll,
            readable: vec![false; sockets.sockets.len()],
            sockets: sockets.sockets,
            addresses: sockets.addresses,
            orders,
            forwarder: Forwarder::new(config),
            buffer: vec![0; DATAGRAM_BYTES_MAX],
            tell,
        }
    }

    fn run(mut self) {
        let mut events = Events::with_capacity(BATCH_MAX);
        loop {
            match self.poll.poll(&mut events, Some(self.patience())) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                    tracing::error!(%error, "forwarding ends");
                    return;
                }
                _ => {}
            }
            for event in &events {
                if let Some(readable) = self.readable.get_mut(event.token().0) {
                    *readable = true;
                }
            }
            if !self.take_orders() {
                self.forwarder.close(Instant::now());
                self.flush();
                return;
            }
            for index in 0..self.sockets.len() {
                self.read(index);
            }
            let now = Instant::now();
            if self.forwarder.wake_at(now) <= now {
                self.forwarder.timeout(now);
            }
            self.flush();
        }
    }

    /// How long there is nothing to do, if nothing comes.
    fn patience(&self) -> Duration {
        if self.readable.contains(&true) {
            return Duration::ZERO;
        }
        let now = Instant::now();
        self.forwarder.wake_at(now).saturating_duration_since(now)
    }

    /// False when the forwarder is to end.
    fn take_orders(&mut self) -> bool {
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::Command(command) => {
                    self.forwarder.command(command, Instant::now());
                    self.flush();
                }
                Order::Stop => return false,
            }
        }
        true
    }

    fn read(&mut self, index: usize) {
        for _ in 0..BATCH_MAX {
            if !self.readable[index] {
                return;
            }
            match self.sockets[index].recv_from(&mut self.buffer) {
                Ok((length, source)) => {
                    let datagram = Datagram {
                        protocol: Protocol::Udp,
                        source,
                        destination: self.addresses[index],
                        ecn: None,
                        contents: &self.buffer[..length],
                    };
                    self.forwarder.datagram(&datagram, Instant::now());
                    self.flush();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.readable[index] = false;
                }
                // Such as "port unreachable" for what was sent to someone who has gone.
                Err(_) => {}
            }
        }
    }

    fn flush(&mut self) {
        while let Some(output) = self.forwarder.poll() {
            match output {
                ForwarderOutput::Transmit(transmit) => self.send(&transmit),
                ForwarderOutput::Notice(notice) => (self.tell)(notice),
            }
        }
    }

    fn send(&mut self, transmit: &Transmit) {
        let from = self.addresses.iter().position(|address| *address == transmit.source);
        if let Some(index) = from {
            // A datagram that the system does not take is lost like any other.
            let _ = self.sockets[index].send_to(&transmit.contents, transmit.destination);
        }
    }
}
