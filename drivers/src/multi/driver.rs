//! The driver of many connections.

use std::fmt;
use std::hash::Hash;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lapwing_engine::{Config, Event, Input, ResolveId, Rtc, SocketReply, SocketRequest};

use super::carried::Carried;
use super::entries::Slot;
use super::mail::{Handoff, Owner};
use crate::core::{DATAGRAMS_PER_TURN, OUTBOX_MAX, READS_PER_TURN, REQUEST_ROUNDS_MAX};
use crate::counters::Counters;
use crate::interfaces::addresses_behind;
use crate::network::Network;
use crate::resolver::Resolver;
use crate::sockets::{Read, Registrar, open};
use crate::streams::Arrival;
use crate::waker::Waker;

/// Waits no longer than this, though nobody wants to be woken.
const IDLE_MAX: Duration = Duration::from_secs(3_600);

/// Drives many connections: shared sockets, one set of timers, and events with the key of their
/// connection. Between turns any connection may be touched, such as to forward what another
/// received; what that brings about is carried out with the next turn.
///
/// The modules of the runtimes have a name for theirs each, and an example: `mio::MultiDriver<K>`,
/// `smol::MultiDriver<K>`, `tokio::MultiDriver<K>`. The words are the same, but for the `await`.
pub struct MultiDriver<K, W: Registrar> {
    pub(super) wait: W,
    pub(super) network: Network<W, Slot>,
    resolver: Resolver<(Slot, ResolveId)>,
    pub(super) waker: Waker,
    pub(super) counters: Counters,
    pub(super) carried: Carried<K>,
}

impl<K: Clone + Eq + Hash, W: Registrar> MultiDriver<K, W> {
    pub(super) fn with(wait: W, waker: Waker) -> Self {
        MultiDriver {
            wait,
            network: Network::new(),
            resolver: Resolver::new(waker.clone()),
            waker,
            counters: Counters::default(),
            carried: Carried::new(),
        }
    }

    /// Opens a socket for all connections, and gives its address. A wildcard address stands for
    /// every address of its family that this machine has now: each gets a socket, on the same port.
    ///
    /// Under tokio, call it where the runtime runs.
    pub fn bind(&mut self, local: SocketAddr) -> io::Result<Vec<SocketAddr>> {
        self.bind_as(local, false)
    }

    /// As [`Self::bind`]; with `shared`, other drivers may bind the same port.
    pub(crate) fn bind_as(
        &mut self,
        local: SocketAddr,
        shared: bool,
    ) -> io::Result<Vec<SocketAddr>> {
        let mut bound: Vec<SocketAddr> = Vec::new();
        let mut fault = None;
        for mut address in addresses_behind(local)? {
            if let Some(first) = bound.first() {
                address.set_port(first.port());
            }
            let inserted = open(address, shared).and_then(|socket| {
                let register = |slot, socket| self.wait.register(slot, socket);
                self.network.udp.insert(None, socket, register)
            });
            match inserted {
                Ok(address) => bound.push(address),
                Err(error) => {
                    tracing::warn!(%address, %error, "socket not opened");
                    fault = Some(error);
                }
            }
        }
        match fault {
            Some(error) if bound.is_empty() => Err(error),
            _ => Ok(bound),
        }
    }

    /// Addresses of all sockets that are shared.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.network.udp.shared().collect()
    }

    /// Settings for a connection behind these sockets: [`config`](crate::config) with
    /// [`Config::shared_sockets`] filled in.
    pub fn config(&self) -> io::Result<Config> {
        let mut config = crate::config()?;
        config.shared_sockets = self.addresses();
        Ok(config)
    }

    /// Takes a connection that was made for these sockets. One that had the same key is removed and
    /// given back.
    pub fn insert(&mut self, key: K, rtc: Rtc) -> Option<Rtc> {
        let before = self.remove(&key);
        self.carried.insert(key, rtc, Instant::now());
        before
    }

    /// Gives a connection back. What it wanted sent is sent, its events are dropped.
    pub fn remove(&mut self, key: &K) -> Option<Rtc> {
        let slot = self.carried.entries.slot_of(key)?;
        self.carried.settle(slot, Instant::now());
        self.send();
        // Nothing is opened any more.
        self.carried.requests.retain(|(owner, _)| *owner != slot);
        self.network.close_all(slot);
        self.carried.remove(slot)
    }

    /// A connection, for commands. What they bring about is carried out with the next turn, or
    /// before the connection is handed out again, so that commands never pile up undrained.
    pub fn rtc_mut(&mut self, key: &K) -> Option<&mut Rtc> {
        let slot = self.carried.entries.slot_of(key)?;
        if self.carried.entries.get_mut(slot)?.dirty {
            self.carried.settle(slot, Instant::now());
        }
        self.carried.touch(slot);
        self.carried.entries.get_mut(slot).map(|entry| &mut entry.rtc)
    }

    /// Keys of all connections, in no order of meaning, but the same for the same history.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.carried.entries.keys()
    }

    /// Connections carried.
    pub fn len(&self) -> usize {
        self.carried.entries.len()
    }

    /// No connection is carried.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What ends a turn from another thread.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// What was done so far, in numbers.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Before the wait: carries out what commands since the last turn brought about. Gives until
    /// when there is nothing to do unless a socket, a name or a waker says otherwise.
    pub(super) fn begin(&mut self, now: Instant, max_wait: Duration) -> Instant {
        for slot in std::mem::take(&mut self.carried.dirty) {
            self.carried.settle(slot, now);
        }
        self.flush(now);
        if !self.carried.events.is_empty() || self.network.any_ready() {
            return now;
        }
        let timers = [
            self.carried.entries.next_timer(),
            self.resolver.next_deadline(),
            self.network.next_deadline(),
        ];
        timers.into_iter().flatten().fold(now + max_wait.min(IDLE_MAX), Instant::min)
    }

    /// After the wait: takes what came, then looks after timers, and hands back the events.
    pub(super) fn finish(&mut self, now: Instant) -> io::Result<Vec<(K, Event)>> {
        while let Some(((slot, id), addresses)) = self.resolver.poll(now) {
            self.carried.input(slot, Input::Resolved { id, addresses: &addresses }, now);
        }
        let now = self.feed_datagrams(now)?;
        let MultiDriver { network, carried, .. } = self;
        network.expire(now, |arrival| {
            if let Arrival::Reply(slot, _) = arrival {
                carried.input(slot, arrival.input(), now);
            }
        });
        while let Some(slot) = self.carried.entries.next_due(now) {
            self.carried.input(slot, Input::Timeout, now);
            // An engine that wants to be woken at once waits for the next turn all the same.
            self.carried.entries.defer(slot, now);
            self.flush_if_full(now);
        }
        self.flush(now);
        Ok(std::mem::take(&mut self.carried.events))
    }

    /// Reads sockets in turn, up to the budget. Gives the time after it.
    fn feed_datagrams(&mut self, mut now: Instant) -> io::Result<Instant> {
        let mut budget = DATAGRAMS_PER_TURN;
        for _ in 0..READS_PER_TURN {
            let MultiDriver { wait, network, counters, carried, .. } = self;
            let mut unrouted = 0;
            let read = network.read(now, wait, counters, |arrival| match arrival {
                Arrival::Datagram(datagram) => match carried.router.route(&datagram, now) {
                    Some(Owner::Here(slot)) => {
                        carried.input(slot, Input::Datagram(datagram), now);
                    }
                    Some(Owner::There { shard, slot }) => {
                        carried.handoffs.push(Handoff::new(shard, slot, &datagram));
                    }
                    None => unrouted += 1,
                },
                Arrival::Owned(slot, _) | Arrival::Reply(slot, _) => {
                    carried.input(slot, arrival.input(), now);
                }
            });
            self.counters.unrouted += unrouted;
            self.flush_if_full(now);
            now = Instant::now();
            match read {
                Read::Some(count) => budget = budget.saturating_sub(count),
                Read::Idle => break,
                Read::Broken(Some((slot, id)), kind) => {
                    let reply = SocketReply::Failed { id, fault: kind.into() };
                    self.carried.input(slot, Input::Socket(reply), now);
                }
                // Nobody asked for shared sockets, and engines know no name of them. While others
                // work, they find out by their checks.
                Read::Broken(None, kind) if self.network.udp.shared().next().is_none() => {
                    return Err(kind.into());
                }
                Read::Broken(None, _) => {}
            }
            if budget == 0 {
                break;
            }
        }
        Ok(now)
    }

    pub(super) fn flush_if_full(&mut self, now: Instant) {
        if self.carried.outputs.transmits.len() >= OUTBOX_MAX {
            self.flush(now);
        }
    }

    fn flush(&mut self, now: Instant) {
        for (slot, id, name) in self.carried.questions.drain(..) {
            self.resolver.ask((slot, id), name, now);
        }
        for _ in 0..REQUEST_ROUNDS_MAX {
            // What was said before a connection is closed still leaves.
            self.send();
            if self.carried.requests.is_empty() {
                return;
            }
            for (slot, request) in std::mem::take(&mut self.carried.requests) {
                self.serve(slot, request, now);
            }
        }
    }

    /// Opens and closes sockets on the way to servers: each is of one connection alone.
    fn serve(&mut self, slot: Slot, request: SocketRequest, now: Instant) {
        if let Some(reply) = self.network.serve(slot, request, now, &self.wait) {
            self.carried.input(slot, Input::Socket(reply), now);
        }
    }

    fn send(&mut self) {
        if !self.carried.outputs.transmits.is_empty() {
            self.network.send(&self.carried.outputs.transmits, &mut self.counters);
            self.carried.outputs.on_sent();
        }
    }
}

impl<K, W: Registrar> fmt::Debug for MultiDriver<K, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultiDriver").field("counters", &self.counters).finish_non_exhaustive()
    }
}
