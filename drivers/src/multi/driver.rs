//! The driver of many connections.

use std::fmt;
use std::hash::Hash;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ::mio::Registry;
use lapwing_engine::{Config, Event, Input, ResolveId, Rtc};

use super::carried::Carried;
use super::entries::Slot;
use super::mail::{Announcement, Handoff, Owner};
use crate::core::{DATAGRAMS_PER_TURN, OUTBOX_MAX, READS_PER_TURN, Registrar};
use crate::counters::Counters;
use crate::interfaces::addresses_behind;
use crate::mio::Wait;
use crate::resolver::Resolver;
use crate::sockets::{Buffers, Read, Table, open};
use crate::waker::Waker;

/// Drives many connections on the calling thread: shared sockets, one set of timers, and events
/// with the key of their connection. Between turns any connection may be touched, such as to forward
/// what another received; what that brings about is carried out with the next turn.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use std::time::{Duration, Instant};
/// use lapwing_drivers::multi::MultiDriver;
/// use lapwing_engine::Rtc;
///
/// let mut driver = MultiDriver::new()?;
/// driver.bind("127.0.0.1:0".parse().expect("an address"))?;
/// driver.insert("alice", Rtc::new(driver.config()?, Instant::now()));
/// for (key, event) in driver.turn(Duration::ZERO)? {
///     println!("{key}: {event:?}");
/// }
/// # Ok(())
/// # }
/// ```
pub struct MultiDriver<K> {
    wait: Wait,
    registry: Registry,
    sockets: Table<::mio::net::UdpSocket>,
    buffers: Buffers,
    resolver: Resolver<(Slot, ResolveId)>,
    counters: Counters,
    carried: Carried<K>,
}

impl<K: Clone + Eq + Hash> MultiDriver<K> {
    /// A driver without sockets and connections.
    pub fn new() -> io::Result<Self> {
        let wait = Wait::new()?;
        Ok(MultiDriver {
            registry: wait.poll.registry().try_clone()?,
            sockets: Table::new(),
            buffers: Buffers::new(),
            resolver: Resolver::new(wait.waker()),
            counters: Counters::default(),
            carried: Carried::new(),
            wait,
        })
    }

    /// Opens a socket for all connections, and gives its address. A wildcard address stands for
    /// every address of its family that this machine has now: each gets a socket, on the same port.
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
                let register = |slot, socket| Registrar::register(&self.registry, slot, socket);
                self.sockets.insert(None, socket, register)
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

    /// Addresses of all sockets.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.sockets.locals().collect()
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
        self.flush();
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
        self.wait.waker()
    }

    /// What was done so far, in numbers.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Carries out commands given since the last turn, waits until something happens but no longer
    /// than `max_wait`, feeds it to the connections it is for, and hands back the events, oldest
    /// first. It may hand back none: time passed, or [`Waker::wake`] was called. Errors are those of
    /// the machine, never of the network.
    pub fn turn(&mut self, max_wait: Duration) -> io::Result<Vec<(K, Event)>> {
        let now = Instant::now();
        for slot in std::mem::take(&mut self.carried.dirty) {
            self.carried.settle(slot, now);
        }
        self.flush();
        self.wait.wait(self.idle(now).min(max_wait), &mut self.sockets)?;
        let now = Instant::now();
        while let Some(((slot, id), addresses)) = self.resolver.poll() {
            self.carried.input(slot, Input::Resolved { id, addresses: &addresses }, now);
        }
        let now = self.feed_datagrams(now)?;
        while let Some(slot) = self.carried.entries.next_due(now) {
            self.carried.input(slot, Input::Timeout, now);
            // An engine that wants to be woken at once waits for the next turn all the same.
            self.carried.entries.defer(slot, now);
            self.flush_if_full();
        }
        self.flush();
        Ok(std::mem::take(&mut self.carried.events))
    }

    /// Keeps account of whom datagrams are for, so that [`Self::take_announcements`] can tell others
    /// that share the port.
    pub(crate) fn announce(&mut self) {
        self.carried.announcements = Some(Vec::new());
    }

    /// What others that share the port have to know since the last call.
    pub(crate) fn take_announcements(&mut self) -> Vec<Announcement> {
        self.carried.announcements.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What another shard told of its connections.
    pub(crate) fn learn(&mut self, shard: usize, announcement: &Announcement) {
        match announcement {
            Announcement::Known(slot, ufrag) => {
                self.carried.router.insert(Owner::There { shard, slot: *slot }, ufrag);
            }
            Announcement::Route(slot, news) => {
                let owner = Owner::There { shard, slot: *slot };
                self.carried.router.learn(&owner, news, Instant::now());
            }
            Announcement::Gone(slot) => {
                self.carried.router.remove(&Owner::There { shard, slot: *slot });
            }
        }
    }

    /// Datagrams that came here and are for others, since the last call.
    pub(crate) fn take_handoffs(&mut self) -> Vec<Handoff> {
        self.counters.handed_on += self.carried.handoffs.len() as u64;
        std::mem::take(&mut self.carried.handoffs)
    }

    /// Takes a datagram that another shard received.
    pub(crate) fn deliver(&mut self, handoff: &Handoff) {
        let (datagram, now) = (handoff.datagram(), Instant::now());
        // The other shard found the connection; this one's router takes note of answers.
        self.carried.router.route(&datagram, now);
        self.carried.input(handoff.slot, Input::Datagram(datagram), now);
        self.flush_if_full();
    }

    fn idle(&self, now: Instant) -> Duration {
        if !self.carried.events.is_empty() || self.sockets.any_readable() {
            return Duration::ZERO;
        }
        let next = self.carried.entries.next_timer();
        next.map_or(Duration::MAX, |at| at.saturating_duration_since(now))
    }

    /// Reads sockets in turn, up to the budget. Gives the time after it.
    fn feed_datagrams(&mut self, mut now: Instant) -> io::Result<Instant> {
        let mut budget = DATAGRAMS_PER_TURN;
        for _ in 0..READS_PER_TURN {
            let MultiDriver { sockets, buffers, counters, carried, .. } = self;
            let mut unrouted = 0;
            let read = sockets.read(buffers, counters, |datagram| {
                match carried.router.route(&datagram, now) {
                    Some(Owner::Here(slot)) => {
                        carried.input(slot, Input::Datagram(datagram), now);
                    }
                    Some(Owner::There { shard, slot }) => {
                        carried.handoffs.push(Handoff::new(shard, slot, &datagram));
                    }
                    None => unrouted += 1,
                }
            });
            self.counters.unrouted += unrouted;
            self.flush_if_full();
            now = Instant::now();
            match read {
                Read::Some(count) => budget = budget.saturating_sub(count),
                Read::Idle => break,
                // The engine did not ask for shared sockets and knows no name of them. While
                // others work, it finds out by its checks.
                Read::Broken(_, kind) if self.sockets.locals().next().is_none() => {
                    return Err(kind.into());
                }
                Read::Broken(..) => {}
            }
            if budget == 0 {
                break;
            }
        }
        Ok(now)
    }

    fn flush_if_full(&mut self) {
        if self.carried.outputs.transmits.len() >= OUTBOX_MAX {
            self.flush();
        }
    }

    fn flush(&mut self) {
        for (slot, id, name) in self.carried.questions.drain(..) {
            self.resolver.ask((slot, id), name);
        }
        if !self.carried.outputs.transmits.is_empty() {
            self.sockets.send(&mut self.carried.outputs.transmits, &mut self.counters);
        }
    }
}

impl<K> fmt::Debug for MultiDriver<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultiDriver").field("counters", &self.counters).finish_non_exhaustive()
    }
}
