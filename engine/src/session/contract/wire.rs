//! Two sessions and a wire with a delay, in virtual time.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::candidate::{CandidateKind, IceCandidate};
use crate::config::Config;
use crate::datagram::Transmit;
use crate::frame::{ReceivedFrame, ReceivedPacket};
use crate::ice::Network;
use crate::session::output::{SessionEvent, SessionOutput};
use crate::session::seam::{Discarded, Session};
use crate::state::IceConnectionState;
use crate::test_time;

/// How long anything may take here.
const PATIENCE: Duration = Duration::from_secs(20);

/// One end.
pub(super) struct Side<S> {
    pub(super) session: S,
    pub(super) address: SocketAddr,
    pub(super) events: Vec<SessionEvent>,
    pub(super) wake: Instant,
    /// How often it was woken by the time that it asked for.
    pub(super) wakes: u64,
    /// Datagrams that it sent.
    pub(super) sent: Vec<Vec<u8>>,
    pub(super) refused: Vec<Discarded>,
    outbox: Vec<Transmit>,
}

impl<S: Session> Side<S> {
    fn new(config: &Config, address: &str, now: Instant) -> Self {
        let address: SocketAddr = address.parse().expect("an address");
        let mut session = S::new(config, now);
        session.add_local_candidate(&host(address), Network::default()).expect("a host candidate");
        let mut side = Side {
            session,
            address,
            events: Vec::new(),
            wake: now,
            wakes: 0,
            sent: Vec::new(),
            refused: Vec::new(),
            outbox: Vec::new(),
        };
        side.drain();
        side
    }

    /// Polls until nothing is left.
    pub(super) fn drain(&mut self) {
        loop {
            match self.session.poll() {
                SessionOutput::Transmit(transmit) => {
                    self.sent.push(transmit.contents.clone());
                    self.outbox.push(transmit);
                }
                SessionOutput::Event(event) => self.events.push(event),
                SessionOutput::Timeout(at, _) => {
                    self.wake = at;
                    return;
                }
            }
        }
    }

    /// Takes the events of one kind out.
    pub(super) fn take<T>(&mut self, mut pick: impl FnMut(&SessionEvent) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::new();
        self.events.retain(|event| match pick(event) {
            Some(value) => {
                taken.push(value);
                false
            }
            None => true,
        });
        taken
    }

    pub(super) fn take_frames(&mut self) -> Vec<ReceivedFrame> {
        self.take(|event| match event {
            SessionEvent::Frame(frame) => Some(frame.clone()),
            _ => None,
        })
    }

    pub(super) fn take_packets(&mut self) -> Vec<ReceivedPacket> {
        self.take(|event| match event {
            SessionEvent::Packet(packet) => Some(packet.clone()),
            _ => None,
        })
    }

    pub(super) fn ice_states(&self) -> Vec<IceConnectionState> {
        let states = self.events.iter().filter_map(|event| match event {
            SessionEvent::Ice(state) => Some(*state),
            _ => None,
        });
        states.collect()
    }

    pub(super) fn has_closed(&self) -> bool {
        self.events.iter().any(|event| matches!(event, SessionEvent::Closed(_)))
    }
}

/// A candidate of this host.
pub(super) fn host(address: SocketAddr) -> IceCandidate {
    let line = format!("candidate:1 1 udp 2113937151 {} {} typ host", address.ip(), address.port());
    IceCandidate { kind: CandidateKind::Host, ..IceCandidate::parse(&line).expect("a candidate") }
}

/// Both ends and the time.
pub(super) struct Wire<S> {
    pub(super) a: Side<S>,
    pub(super) b: Side<S>,
    pub(super) now: Instant,
    pub(super) delay: Duration,
    /// Nothing passes.
    pub(super) cut: bool,
    flight: VecDeque<(Instant, bool, Transmit)>,
}

impl<S: Session> Wire<S> {
    pub(super) fn new(a: &Config, b: &Config) -> Self {
        let now = test_time::origin();
        Wire {
            a: Side::new(a, "192.0.2.1:5001", now),
            b: Side::new(b, "192.0.2.2:5002", now),
            now,
            delay: Duration::from_millis(20),
            cut: false,
            flight: VecDeque::new(),
        }
    }

    /// Two that differ by their seeds only.
    pub(super) fn seeded() -> Self {
        Wire::new(&Config::seeded(1), &Config::seeded(2))
    }

    pub(super) fn sides(&mut self) -> [&mut Side<S>; 2] {
        [&mut self.a, &mut self.b]
    }

    /// Each learns the other's candidate.
    pub(super) fn trickle(&mut self) {
        let (a, b) = (host(self.a.address), host(self.b.address));
        self.a.session.add_remote_candidate(&b).expect("a candidate");
        self.b.session.add_remote_candidate(&a).expect("a candidate");
        self.a.drain();
        self.b.drain();
    }

    /// Lets time pass until the next wake-up or arrival, or until `end`.
    fn step(&mut self, end: Instant) {
        self.a.drain();
        self.b.drain();
        self.collect();
        let arrival = self.flight.front().map(|(at, ..)| *at);
        let next = [Some(self.a.wake), Some(self.b.wake), arrival].into_iter().flatten().min();
        self.now = self.now.max(next.expect("two wake-ups").min(end));
        if let Some((_, to_b, transmit)) = self.flight.pop_front_if(|(at, ..)| *at <= self.now) {
            let (side, now) = (if to_b { &mut self.b } else { &mut self.a }, self.now);
            if let Err(why) = side.session.receive(&transmit.as_datagram(), now) {
                side.refused.push(why);
            }
            side.drain();
            return;
        }
        let now = self.now;
        for side in self.sides() {
            if side.wake <= now {
                side.wakes += 1;
                side.session.timeout(now);
                side.drain();
            }
        }
    }

    fn collect(&mut self) {
        let (cut, at) = (self.cut, self.now + self.delay);
        for (side, to_b) in [(&mut self.a, true), (&mut self.b, false)] {
            let sent = side.outbox.drain(..).filter(|_| !cut);
            self.flight.extend(sent.map(|transmit| (at, to_b, transmit)));
        }
    }

    /// Runs for a span of virtual time.
    pub(super) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.step(end);
        }
    }

    /// Runs until something holds.
    pub(super) fn run_until(&mut self, what: &str, mut holds: impl FnMut(&mut Wire<S>) -> bool) {
        let end = self.now + PATIENCE;
        while !holds(self) {
            assert!(self.now < end, "{what}, within {PATIENCE:?}");
            self.step(end);
        }
    }

    /// Runs until both ends have keys.
    pub(super) fn connect(&mut self) {
        self.run_until("both ends are connected", |wire| {
            wire.a.session.dtls_version().is_some() && wire.b.session.dtls_version().is_some()
        });
    }
}
