//! The server's connections in virtual time.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use lapwing_engine::{Config, Datagram, Event, Input, Router, Rtc, SessionKind, Transmit, drain};

use super::outbound::Outbound;
use crate::forward::Connections;
use crate::protocol::signalling::ParticipantId;

/// The server's connections, as a driver keeps them.
pub(super) struct Table {
    now: Instant,
    seed: u64,
    session: SessionKind,
    router: Router<ParticipantId>,
    entries: BTreeMap<ParticipantId, Entry>,
    pub(super) transmits: Vec<Transmit>,
    pub(super) events: Vec<(ParticipantId, Event)>,
}

struct Entry {
    rtc: Rtc,
    wake_at: Instant,
    out: Outbound,
}

const SERVER: &str = "198.51.100.1:3478";

impl Connections for Table {
    fn config(&mut self) -> io::Result<Config> {
        self.seed += 1;
        let config = Config { session: self.session, ..Config::seeded(self.seed) };
        Ok(config.with_shared_socket(SERVER.parse().expect("an address")))
    }

    fn insert(&mut self, id: ParticipantId, rtc: Rtc) {
        let entry = Entry { rtc, wake_at: self.now, out: Outbound::default() };
        self.entries.insert(id, entry);
    }

    fn remove(&mut self, id: &ParticipantId) {
        self.settle(id);
        self.entries.remove(id);
        self.router.remove(id);
        self.events.retain(|(of, _)| of != id);
    }

    fn rtc_mut(&mut self, id: &ParticipantId) -> Option<&mut Rtc> {
        self.settle(id);
        self.entries.get_mut(id).map(|entry| &mut entry.rtc)
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        vec![SERVER.parse().expect("an address")]
    }
}

impl Table {
    pub(super) fn new(session: SessionKind, now: Instant) -> Self {
        Table {
            now,
            seed: 1000,
            session,
            router: Router::new(),
            entries: BTreeMap::new(),
            transmits: Vec::new(),
            events: Vec::new(),
        }
    }

    fn settle(&mut self, id: &ParticipantId) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        entry.wake_at = drain(&mut entry.rtc, &mut entry.out);
        self.router.insert(id.clone(), &entry.rtc.local_ufrag());
        for transmit in &entry.out.transmits {
            self.router.transmitted(id, transmit, self.now);
        }
        self.transmits.append(&mut entry.out.transmits);
        let events = entry.out.events.drain(..).map(|event| (id.clone(), event));
        self.events.extend(events);
    }

    pub(super) fn settle_all(&mut self) {
        for id in self.entries.keys().cloned().collect::<Vec<_>>() {
            self.settle(&id);
        }
    }

    pub(super) fn datagram(&mut self, datagram: &Datagram<'_>) {
        let Some(id) = self.router.route(datagram, self.now) else { return };
        let now = self.now;
        if let Some(rtc) = self.rtc_mut(&id) {
            rtc.handle_input(Input::Datagram(*datagram), now);
        }
        self.settle(&id);
    }

    pub(super) fn wake(&mut self, now: Instant) {
        self.now = now;
        for entry in self.entries.values_mut().filter(|entry| entry.wake_at <= now) {
            entry.rtc.handle_input(Input::Timeout, now);
        }
        self.settle_all();
    }

    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.entries.values().map(|entry| entry.wake_at).min()
    }
}
