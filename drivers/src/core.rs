//! What every driver of one connection does around its wait: feed, drain, send.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use lapwing_engine::mdns::MDNS_PORT;
use lapwing_engine::{
    ConnectRequest, Input, Protocol, ResolveId, Rtc, SocketFault, SocketId, SocketReply,
    SocketRequest, drain,
};

use crate::counters::Counters;
use crate::events::Events;
use crate::interfaces::Watch;
use crate::outputs::Outputs;
use crate::resolver::Resolver;
use crate::sockets::{Buffers, Read, Socket, Table, open, open_multicast};
use crate::waker::Waker;

/// Datagrams taken per turn before timers are looked after and events handed back. At 1,200 bytes
/// this is 5 Mbit: a turn stays below some milliseconds.
pub(crate) const DATAGRAMS_PER_TURN: usize = 512;

/// Receive calls per turn, also when they bring nothing: a bound on errors that do not end.
pub(crate) const READS_PER_TURN: usize = 256;

/// Rounds of socket requests per drain. The engine asks once for each address; a round answers all
/// that it asked, and what is left waits for the next turn.
const REQUEST_ROUNDS_MAX: usize = 16;

/// Datagrams that may gather before they are sent.
pub(crate) const OUTBOX_MAX: usize = 64;

/// Makes sockets known to a runtime.
pub trait Registrar {
    /// The runtime's socket.
    type Socket: Socket;

    /// Takes a bound, non-blocking socket that sits in this slot.
    fn register(&self, slot: usize, socket: std::net::UdpSocket) -> io::Result<Self::Socket>;
}

/// The parts of a driver that know no runtime.
#[derive(Debug)]
pub(crate) struct Core<R: Registrar> {
    registrar: R,
    pub(crate) sockets: Table<R::Socket>,
    pub(crate) watch: Watch,
    resolver: Resolver<ResolveId>,
    buffers: Buffers,
    outputs: Outputs,
    wake_at: Instant,
    counters: Counters,
}

impl<R: Registrar> Core<R> {
    pub(crate) fn new(registrar: R, waker: Waker) -> Self {
        let now = Instant::now();
        Core {
            registrar,
            sockets: Table::new(),
            watch: Watch::new(now),
            resolver: Resolver::new(waker),
            buffers: Buffers::new(),
            outputs: Outputs::default(),
            wake_at: now,
            counters: Counters::default(),
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    /// Before the wait: carries out what commands since the last turn brought about.
    pub(crate) fn begin(&mut self, rtc: &mut Rtc, now: Instant) -> io::Result<()> {
        self.feed_interfaces(rtc, now)?;
        self.settle(rtc, now);
        self.flush();
        Ok(())
    }

    /// Until when there is nothing to do unless a socket, a name or a waker says otherwise.
    pub(crate) fn idle_until(&self, now: Instant) -> Instant {
        if !self.outputs.events.is_empty() || self.sockets.any_readable() {
            return now;
        }
        let others = [self.watch.next_poll(), self.resolver.next_deadline()];
        others.into_iter().flatten().fold(self.wake_at, Instant::min)
    }

    /// After the wait: takes what came, then looks after timers, and hands back the events.
    pub(crate) fn finish(&mut self, rtc: &mut Rtc, now: Instant) -> io::Result<Events> {
        self.feed_interfaces(rtc, now)?;
        while let Some((id, addresses)) = self.resolver.poll(now) {
            rtc.handle_input(Input::Resolved { id, addresses: &addresses }, now);
            self.settle(rtc, now);
        }
        let now = self.feed_datagrams(rtc, now);
        if self.wake_at <= now {
            rtc.handle_input(Input::Timeout, now);
            self.settle(rtc, now);
        }
        self.flush();
        Ok(Events::new(std::mem::take(&mut self.outputs.events)))
    }

    fn feed_interfaces(&mut self, rtc: &mut Rtc, now: Instant) -> io::Result<()> {
        if let Some(list) = self.watch.changed(now)? {
            rtc.handle_input(Input::Interfaces(&list), now);
            self.settle(rtc, now);
        }
        Ok(())
    }

    /// Reads sockets in turn, up to the budget. Gives the time after it.
    fn feed_datagrams(&mut self, rtc: &mut Rtc, mut now: Instant) -> Instant {
        let mut budget = DATAGRAMS_PER_TURN;
        for _ in 0..READS_PER_TURN {
            let Core { sockets, buffers, counters, outputs, wake_at, .. } = self;
            let read = sockets.read(buffers, counters, |datagram| {
                rtc.handle_input(Input::Datagram(datagram), now);
                *wake_at = drain(rtc, outputs);
            });
            match read {
                Read::Some(count) => budget = budget.saturating_sub(count),
                Read::Idle => break,
                Read::Broken(id, kind) => {
                    if let Some(id) = id {
                        let failed = SocketReply::Failed { id, fault: kind.into() };
                        rtc.handle_input(Input::Socket(failed), now);
                    }
                }
            }
            self.settle(rtc, now);
            if self.outputs.transmits.len() >= OUTBOX_MAX {
                self.flush();
            }
            now = Instant::now();
            if budget == 0 {
                break;
            }
        }
        now
    }

    /// Drains, and answers what sockets and names are asked for.
    fn settle(&mut self, rtc: &mut Rtc, now: Instant) {
        self.wake_at = drain(rtc, &mut self.outputs);
        for (id, name) in self.outputs.questions.drain(..) {
            self.resolver.ask(id, name, now);
        }
        for _ in 0..REQUEST_ROUNDS_MAX {
            if self.outputs.requests.is_empty() {
                return;
            }
            for request in std::mem::take(&mut self.outputs.requests) {
                if let Some(reply) = self.serve(request) {
                    rtc.handle_input(Input::Socket(reply), now);
                    self.wake_at = drain(rtc, &mut self.outputs);
                }
            }
        }
    }

    fn serve(&mut self, request: SocketRequest) -> Option<SocketReply> {
        let (id, protocol, local) = match request {
            SocketRequest::Bind { id, protocol, local } => (id, protocol, local),
            SocketRequest::Mdns { id, interface, local } => {
                return Some(self.open_mdns(id, &interface, SocketAddr::new(local, MDNS_PORT)));
            }
            SocketRequest::Connect(ConnectRequest { id, .. }) => {
                return Some(SocketReply::Failed { id, fault: SocketFault::Unsupported });
            }
            SocketRequest::Close { id } => {
                // What was said before closing still leaves.
                self.flush();
                self.sockets.close(id);
                return None;
            }
        };
        let bound = match protocol {
            Protocol::Udp => open(local, false).and_then(|socket| {
                let register = |slot, socket| self.registrar.register(slot, socket);
                self.sockets.insert(Some(id), socket, register)
            }),
            Protocol::Tcp | Protocol::Tls => Err(io::ErrorKind::Unsupported.into()),
        };
        Some(match bound {
            Ok(local) => SocketReply::Bound { id, local },
            Err(error) => {
                tracing::debug!(%local, %error, "socket not opened");
                SocketReply::Failed { id, fault: error.kind().into() }
            }
        })
    }

    fn open_mdns(&mut self, id: SocketId, interface: &str, local: SocketAddr) -> SocketReply {
        let bound = open_multicast(interface, local).and_then(|socket| {
            let register = |slot, socket| self.registrar.register(slot, socket);
            self.sockets.insert_as(Some(id), local, socket, register)
        });
        match bound {
            Ok(local) => SocketReply::Bound { id, local },
            Err(error) => {
                tracing::debug!(interface, %local, %error, "multicast socket not opened");
                SocketReply::Failed { id, fault: error.kind().into() }
            }
        }
    }

    fn flush(&mut self) {
        if !self.outputs.transmits.is_empty() {
            self.sockets.send(&self.outputs.transmits, &mut self.counters);
            self.outputs.on_sent();
        }
    }
}
