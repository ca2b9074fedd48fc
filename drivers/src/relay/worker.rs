//! What runs on a relay's thread.
//!
//! 1. It waits for sockets and time.
//! 2. Of each socket that is readable it takes a batch; payloads in it go on from where they lie.
//! 3. What the machine asks for beside that is done: answers sent, relayed sockets opened, closed.
//!
//! Sockets are read in turn, a batch each, so that a busy one does not starve others.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ::mio::unix::SourceFd;
use ::mio::{Events, Interest, Poll, Token};
use lapwing_engine::Datagram;
use lapwing_engine::stream::stun_frame;
use lapwing_engine::turn::server::{
    Client, ListenerId, RelayFault, TurnInput, TurnOutput, TurnServer,
};
use openssl::ssl::SslContext;

use super::config::{CONNECTIONS_PER_THREAD, RelayMetrics};
use super::connection::{self, Connection, IDLE_MAX};
use super::connections::Connections;
use super::outbox::{Listening, Outbox};
use super::relays::Relays;
use super::shared::Shared;
use super::source::Source;
use super::tls;
use crate::sockets::Buffers;

pub(super) const WAKER: Token = Token(0);

/// Kernel events taken per wait; what is left comes with the next one.
const KERNEL_EVENTS: usize = 256;

/// Batches taken per turn before timers are looked after.
const READS_PER_TURN: usize = 64;

/// Connections accepted per turn of a listener.
const ACCEPTS_PER_TURN: usize = 64;

/// How often connections that say nothing are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Bytes read from a connection at once.
const STREAM_BYTES: usize = 64 << 10;

/// What a thread begins with.
pub(super) struct Worker {
    pub(super) poll: Poll,
    pub(super) turn: TurnServer,
    pub(super) listening: Vec<Listening>,
    pub(super) relays: Relays,
    pub(super) tls: Option<SslContext>,
    pub(super) shared: Arc<Shared>,
    pub(super) index: usize,
    pub(super) stop: Arc<AtomicBool>,
}

/// The loop of one thread.
struct Running {
    worker: Worker,
    connections: Connections,
    /// Sockets that may have more, in the order in which they are read.
    ready: VecDeque<Source>,
    queued: HashSet<Source>,
    buffers: Buffers,
    scratch: Vec<u8>,
    can_segment: bool,
    send_errors: u64,
    wake_at: Option<Instant>,
    sweep_at: Instant,
}

impl Worker {
    /// Turns until asked to stop.
    pub(super) fn run(self) -> io::Result<()> {
        for (place, listening) in self.listening.iter().enumerate() {
            let registry = self.poll.registry();
            let source = Source::Listener(place);
            let descriptor = listening.descriptor();
            registry.register(&mut SourceFd(&descriptor), source.token(), Interest::READABLE)?;
        }
        let running = Running {
            worker: self,
            connections: Connections::default(),
            ready: VecDeque::new(),
            queued: HashSet::new(),
            buffers: Buffers::new(),
            scratch: vec![0; STREAM_BYTES],
            can_segment: true,
            send_errors: 0,
            wake_at: None,
            sweep_at: Instant::now() + SWEEP_INTERVAL,
        };
        running.run()
    }
}

impl Running {
    fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(KERNEL_EVENTS);
        while !self.worker.stop.load(Ordering::Acquire) {
            let timeout = self.timeout(Instant::now());
            match self.worker.poll.poll(&mut events, Some(timeout)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            }
            for event in &events {
                let Some(source) = Source::of(event.token()) else { continue };
                if let Source::Connection(place) = source
                    && event.is_writable()
                {
                    self.flush(place);
                }
                self.queue(source);
            }
            let now = Instant::now();
            if self.wake_at.is_some_and(|at| at <= now) {
                self.worker.turn.handle_input(TurnInput::Timeout, now);
                self.drain(now);
            }
            for _ in 0..READS_PER_TURN {
                let Some(source) = self.ready.pop_front() else { break };
                self.queued.remove(&source);
                if self.read(source)? {
                    self.queue(source);
                }
            }
            self.sweep(now);
            self.tell();
        }
        Ok(())
    }

    fn timeout(&self, now: Instant) -> Duration {
        if !self.ready.is_empty() {
            return Duration::ZERO;
        }
        let next = self.wake_at.map_or(self.sweep_at, |at| at.min(self.sweep_at));
        next.saturating_duration_since(now)
    }

    fn queue(&mut self, source: Source) {
        if self.queued.insert(source) {
            self.ready.push_back(source);
        }
    }

    /// Reads a batch; true when more may wait.
    fn read(&mut self, source: Source) -> io::Result<bool> {
        match source {
            Source::Listener(place) => match self.worker.listening.get(place) {
                Some(Listening::Udp(_)) => self.read_clients(place),
                Some(Listening::Tcp(_) | Listening::Tls(_)) => Ok(self.accept(place)),
                None => Ok(false),
            },
            Source::Relay(place) => Ok(self.read_peers(place)),
            Source::Connection(place) => Ok(self.read_connection(place)),
        }
    }

    fn read_clients(&mut self, place: usize) -> io::Result<bool> {
        let now = Instant::now();
        let listener = ListenerId(place as u16);
        let Running { worker, buffers, .. } = self;
        let Some(Listening::Udp(udp)) = worker.listening.get(place) else { return Ok(false) };
        let filled = match udp.fill(buffers) {
            Ok(filled) => filled,
            Err(error) => return passing(error),
        };
        let mut outbox = Outbox::new(&worker.listening, &mut self.connections);
        for datagram in buffers.datagrams(filled, udp.local()) {
            let Datagram { source, contents, ecn, .. } = datagram;
            let client = Client { listener, address: source };
            let input = TurnInput::Client { client, contents };
            if let Some(forward) = worker.turn.handle_input(input, now) {
                outbox.push(forward, ecn);
            }
        }
        self.send_errors += outbox.send(&worker.relays, &mut self.can_segment);
        let touched = outbox.touched;
        touched.into_iter().for_each(|place| self.flush(place));
        self.drain(now);
        Ok(Buffers::is_full(filled))
    }

    fn read_peers(&mut self, place: usize) -> bool {
        let now = Instant::now();
        let Running { worker, buffers, .. } = self;
        let Some(relay) = worker.relays.at(place) else { return false };
        let filled = match relay.udp.fill(buffers) {
            Ok(filled) => filled,
            Err(error) => return passing(error).unwrap_or(false),
        };
        let id = relay.id;
        let mut outbox = Outbox::new(&worker.listening, &mut self.connections);
        for datagram in buffers.datagrams(filled, relay.udp.local()) {
            let Datagram { source: peer, contents, ecn, .. } = datagram;
            let input = TurnInput::Peer { relay: id, peer, contents };
            if let Some(forward) = worker.turn.handle_input(input, now) {
                outbox.push(forward, ecn);
            }
        }
        self.send_errors += outbox.send(&worker.relays, &mut self.can_segment);
        let touched = outbox.touched;
        touched.into_iter().for_each(|place| self.flush(place));
        Buffers::is_full(filled)
    }

    fn read_connection(&mut self, place: usize) -> bool {
        let now = Instant::now();
        let Some(connection) = self.connections.at(place) else { return false };
        let read = connection.read(&mut self.scratch);
        // What came before the end is still heard.
        let heard = self.hear(place, now);
        let (Ok(more), Ok(())) = (read, heard) else {
            self.close(place, now);
            return false;
        };
        self.flush(place);
        more
    }

    /// Gives the machine the whole frames that a connection has.
    fn hear(&mut self, place: usize, now: Instant) -> Result<(), connection::Over> {
        let Some(connection) = self.connections.at(place) else { return Ok(()) };
        let client = connection.client;
        let incoming = connection.take_incoming();
        let Running { worker, .. } = self;
        let mut outbox = Outbox::new(&worker.listening, &mut self.connections);
        let mut done = 0;
        let ended = loop {
            let length = match stun_frame(&incoming[done..]) {
                Ok(Some(length)) => length,
                Ok(None) => break Ok(()),
                Err(_) => break Err(connection::Over),
            };
            let contents = &incoming[done..done + length];
            let input = TurnInput::Client { client, contents };
            if let Some(forward) = worker.turn.handle_input(input, now) {
                outbox.push(forward, None);
            }
            done += length;
        };
        self.send_errors += outbox.send(&worker.relays, &mut self.can_segment);
        let touched = outbox.touched;
        touched.into_iter().for_each(|place| self.flush(place));
        if let Some(connection) = self.connections.at(place) {
            connection.put_back(incoming, done, now);
        }
        self.drain(now);
        ended
    }

    fn accept(&mut self, place: usize) -> bool {
        for _ in 0..ACCEPTS_PER_TURN {
            let worker = &self.worker;
            let (listener, secure) = match worker.listening.get(place) {
                Some(Listening::Tcp(listener)) => (listener, None),
                Some(Listening::Tls(listener)) => (listener, worker.tls.as_ref()),
                _ => return false,
            };
            let (stream, address) = match listener.accept() {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    return false;
                }
            };
            if self.connections.len() >= CONNECTIONS_PER_THREAD {
                continue;
            }
            let client = Client { listener: ListenerId(place as u16), address };
            let is_set = stream.set_nonblocking(true).and_then(|()| stream.set_nodelay(true));
            let now = Instant::now();
            let connection = is_set.and_then(|()| match secure {
                None => Ok(Connection::plain(client, stream, now)),
                Some(context) => Ok(Connection::secure(client, tls::begin(context, stream)?, now)),
            });
            let kept = connection.and_then(|connection| self.keep(connection));
            if let Err(error) = kept {
                tracing::debug!(%error, "a connection was not kept");
            }
        }
        true
    }

    fn keep(&mut self, connection: Connection) -> io::Result<()> {
        let place = self.connections.next_place();
        let descriptor = connection.descriptor();
        let registry = self.worker.poll.registry();
        let interest = Interest::READABLE | Interest::WRITABLE;
        let token = Source::Connection(place).token();
        registry.register(&mut SourceFd(&descriptor), token, interest)?;
        self.connections.insert(connection);
        self.queue(Source::Connection(place));
        Ok(())
    }

    fn flush(&mut self, place: usize) {
        let flushed = self.connections.at(place).map(Connection::flush);
        if let Some(Err(connection::Over)) = flushed {
            self.close(place, Instant::now());
        }
    }

    fn close(&mut self, place: usize, now: Instant) {
        if let Some(client) = self.connections.remove(place) {
            self.worker.turn.handle_input(TurnInput::ClientClosed(client), now);
            self.drain(now);
        }
    }

    /// Does what the machine asks for, until it waits.
    fn drain(&mut self, now: Instant) {
        let mut touched = Vec::new();
        loop {
            match self.worker.turn.poll_output() {
                TurnOutput::Timeout { at } => {
                    self.wake_at = at;
                    break;
                }
                TurnOutput::Transmit { client, contents } => {
                    touched.extend(self.transmit(client, &contents));
                }
                TurnOutput::CloseRelay { relay } => self.worker.relays.close(relay),
                TurnOutput::OpenRelay { relay, family, even, owner } => {
                    let opened = self.worker.relays.open(relay, family, even, owner);
                    let opened = opened
                        .and_then(|address| self.register_relay(relay.index()).map(|()| address));
                    let input = match opened {
                        Ok(address) => TurnInput::RelayOpened { relay, address },
                        Err(fault) => {
                            self.worker.relays.close(relay);
                            TurnInput::RelayFailed { relay, fault }
                        }
                    };
                    self.worker.turn.handle_input(input, now);
                }
            }
        }
        touched.into_iter().for_each(|place| self.flush(place));
    }

    fn register_relay(&mut self, place: usize) -> Result<(), RelayFault> {
        let Some(relay) = self.worker.relays.at(place) else { return Ok(()) };
        let descriptor = relay.udp.io().0.as_raw_fd();
        let token = Source::Relay(place).token();
        let registry = self.worker.poll.registry();
        let registered = registry.register(&mut SourceFd(&descriptor), token, Interest::READABLE);
        registered.map_err(|error| {
            tracing::warn!(%error, "a relayed socket cannot be waited for");
            RelayFault::Capacity
        })
    }

    /// Sends an answer; gives the place of the connection that is to be flushed.
    fn transmit(&mut self, client: Client, contents: &[u8]) -> Option<usize> {
        match self.worker.listening.get(usize::from(client.listener.0))? {
            Listening::Udp(udp) => {
                if udp.io().0.send_to(contents, client.address).is_err() {
                    self.send_errors += 1;
                }
                None
            }
            Listening::Tcp(_) | Listening::Tls(_) => {
                let (place, connection) = self.connections.of(client)?;
                connection.push(contents.len(), |waits| waits.extend_from_slice(contents));
                Some(place)
            }
        }
    }

    /// Ends connections that are of no use, and looks after listeners that may have been left.
    fn sweep(&mut self, now: Instant) {
        if now < self.sweep_at {
            return;
        }
        self.sweep_at = now + SWEEP_INTERVAL;
        let idle = self.connections.iter().filter(|(_, one)| one.is_idle(now));
        let turn = &self.worker.turn;
        let idle = idle.filter(|(_, one)| !turn.has_allocation(one.client));
        let idle: Vec<usize> = idle.map(|(place, _)| place).collect();
        if !idle.is_empty() {
            tracing::debug!(count = idle.len(), after = ?IDLE_MAX, "idle connections end");
        }
        idle.into_iter().for_each(|place| self.close(place, now));
        for place in 0..self.worker.listening.len() {
            self.queue(Source::Listener(place));
        }
    }

    fn tell(&self) {
        let turn = &self.worker.turn;
        let metrics = RelayMetrics {
            turn: turn.metrics(),
            allocations: turn.allocations() as u64,
            connections: self.connections.len() as u64,
            send_errors: self.send_errors,
            dead_threads: 0,
        };
        self.worker.shared.tell(self.worker.index, metrics);
    }
}

/// Errors that tell of an earlier datagram's fate leave the socket usable: true when more may wait.
fn passing(error: io::Error) -> io::Result<bool> {
    match error.kind() {
        io::ErrorKind::WouldBlock => Ok(false),
        io::ErrorKind::Interrupted
        | io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable => Ok(true),
        _ => Err(error),
    }
}
