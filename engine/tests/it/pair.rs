//! Two connections joined by a link with a delay and chosen losses, in virtual time.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use lapwing_engine::mdns::MDNS_PORT;
use lapwing_engine::{
    Config, ConnectionState, Event, Input, Interface, Negotiation, NegotiationRole, PacketKind,
    ResolveId, Rtc, SessionDescription, Sink, SocketId, SocketReply, SocketRequest, Transmit,
    drain,
};

/// One end, with everything it said and wants sent.
pub(crate) struct Peer {
    pub(crate) rtc: Rtc,
    pub(crate) events: Vec<Event>,
    pub(crate) sent: Vec<Transmit>,
    pub(crate) wake: Instant,
    /// How often time alone woke it.
    pub(crate) wakes: u32,
    /// How many are open.
    pub(crate) sockets: usize,
    /// Those of them that hear multicast.
    pub(crate) links: BTreeMap<SocketId, SocketAddr>,
    /// Names that it wants to know.
    pub(crate) questions: Vec<(ResolveId, String)>,
    requests: Vec<SocketRequest>,
    next_port: u16,
}

struct Outbox<'a> {
    events: &'a mut Vec<Event>,
    sent: &'a mut Vec<Transmit>,
    requests: &'a mut Vec<SocketRequest>,
    questions: &'a mut Vec<(ResolveId, String)>,
}

impl Sink for Outbox<'_> {
    fn transmit(&mut self, transmit: Transmit) {
        self.sent.push(transmit);
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn socket(&mut self, request: SocketRequest) {
        self.requests.push(request);
    }

    fn resolve(&mut self, id: ResolveId, name: String) {
        self.questions.push((id, name));
    }
}

impl Peer {
    pub(crate) fn new(config: Config, address: &str, now: Instant) -> Self {
        Peer::with_addresses(config, &[address], now)
    }

    /// With an interface for each address.
    pub(crate) fn with_addresses(config: Config, addresses: &[&str], now: Instant) -> Self {
        let interfaces: Vec<Interface> = (0..)
            .zip(addresses)
            .map(|(n, address)| {
                Interface::new(format!("eth{n}"), address.parse().expect("an address"))
            })
            .collect();
        let mut rtc = Rtc::new(config, now);
        rtc.handle_input(Input::Interfaces(&interfaces), now);
        let mut peer = Peer {
            rtc,
            events: Vec::new(),
            sent: Vec::new(),
            wake: now,
            wakes: 0,
            sockets: 0,
            links: BTreeMap::new(),
            questions: Vec::new(),
            requests: Vec::new(),
            next_port: 5000,
        };
        peer.drain(now);
        peer
    }

    pub(crate) fn drain(&mut self, now: Instant) {
        loop {
            let Peer { events, sent, requests, questions, .. } = self;
            let mut outbox = Outbox { events, sent, requests, questions };
            self.wake = drain(&mut self.rtc, &mut outbox);
            if self.requests.is_empty() {
                return;
            }
            for request in std::mem::take(&mut self.requests) {
                let (id, local) = match request {
                    SocketRequest::Bind { id, local, .. } => {
                        self.next_port += 1;
                        (id, SocketAddr::new(local.ip(), self.next_port - 1))
                    }
                    SocketRequest::Mdns { id, local, .. } => {
                        self.links.insert(id, SocketAddr::new(local, MDNS_PORT));
                        (id, self.links[&id])
                    }
                    SocketRequest::Connect(_) => continue,
                    SocketRequest::Close { id } => {
                        self.links.remove(&id);
                        self.sockets -= 1;
                        continue;
                    }
                };
                self.sockets += 1;
                self.rtc.handle_input(Input::Socket(SocketReply::Bound { id, local }), now);
            }
        }
    }

    /// Takes the events of one kind out.
    pub(crate) fn take<T>(&mut self, mut pick: impl FnMut(&Event) -> Option<T>) -> Vec<T> {
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
}

/// What the trace keeps of a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) path: (SocketAddr, SocketAddr),
    pub(crate) kind: Option<PacketKind>,
    pub(crate) size: usize,
    /// A digest of the bytes.
    pub(crate) digest: u64,
}

/// What happens to a datagram on its way; the first argument is true for those to `b`.
pub(crate) type Rewrite = Box<dyn FnMut(bool, &mut Transmit)>;

/// Two ends and the time.
pub(crate) struct Pair {
    pub(crate) a: Peer,
    pub(crate) b: Peer,
    pub(crate) now: Instant,
    pub(crate) delay: Duration,
    /// Every n-th datagram is lost.
    pub(crate) lose_every: Option<u64>,
    /// Nothing passes.
    pub(crate) cut: bool,
    /// Nothing passes to or from these addresses.
    pub(crate) dead: Vec<IpAddr>,
    /// None of this kind passes.
    pub(crate) cut_kind: Option<PacketKind>,
    pub(crate) delivered: u64,
    pub(crate) trace: Vec<Sent>,
    /// Changes datagrams on their way.
    pub(crate) rewrite: Option<Rewrite>,
    count: u64,
    flight: VecDeque<(Instant, bool, Transmit)>,
    origin: Instant,
}

impl Pair {
    pub(crate) fn new(a: Config, b: Config) -> Self {
        Pair::with_addresses(a, b, [&["192.0.2.1"], &["192.0.2.2"]])
    }

    /// With these addresses on each side.
    #[expect(clippy::disallowed_methods, reason = "virtual time needs some instant to begin at")]
    pub(crate) fn with_addresses(a: Config, b: Config, addresses: [&[&str]; 2]) -> Self {
        let now = Instant::now();
        Pair {
            a: Peer::with_addresses(a, addresses[0], now),
            b: Peer::with_addresses(b.with_role(NegotiationRole::Polite), addresses[1], now),
            now,
            delay: Duration::from_millis(20),
            lose_every: None,
            cut: false,
            dead: Vec::new(),
            cut_kind: None,
            delivered: 0,
            trace: Vec::new(),
            rewrite: None,
            count: 0,
            flight: VecDeque::new(),
            origin: now,
        }
    }

    pub(crate) fn seeded() -> Self {
        Pair::new(Config::seeded(1), Config::seeded(2))
    }

    /// What an end is asked to do, and a drain.
    pub(crate) fn on_a<T>(&mut self, work: impl FnOnce(&mut Rtc, Instant) -> T) -> T {
        let result = work(&mut self.a.rtc, self.now);
        self.a.drain(self.now);
        result
    }

    /// As [`Self::on_a`].
    pub(crate) fn on_b<T>(&mut self, work: impl FnOnce(&mut Rtc, Instant) -> T) -> T {
        let result = work(&mut self.b.rtc, self.now);
        self.b.drain(self.now);
        result
    }

    /// A whole exchange begun by `a`, or by `b`, without delay, and the candidates.
    pub(crate) fn negotiate(&mut self, from_a: bool) {
        self.exchange(from_a);
        self.trickle();
    }

    /// As [`Self::negotiate`], without the candidates.
    pub(crate) fn exchange(&mut self, from_a: bool) {
        self.exchange_altered(from_a, |_| {});
    }

    /// As [`Self::exchange`], with descriptions that are altered on their way.
    pub(crate) fn exchange_altered(
        &mut self,
        from_a: bool,
        alter: impl Fn(&mut SessionDescription),
    ) {
        let now = self.now;
        let (x, y) = if from_a { (&mut self.a, &mut self.b) } else { (&mut self.b, &mut self.a) };
        let mut offer = x.rtc.negotiation().create_offer().expect("there is something to offer");
        let local = |mut n: Negotiation<'_>, d: &SessionDescription| n.set_local(d);
        local(x.rtc.negotiation(), &offer).expect("it was just created");
        x.drain(now);
        alter(&mut offer);
        y.rtc.negotiation().set_remote(&offer).expect("a valid offer");
        let mut answer = y.rtc.negotiation().create_answer().expect("an offer waits");
        local(y.rtc.negotiation(), &answer).expect("it was just created");
        y.drain(now);
        alter(&mut answer);
        x.rtc.negotiation().set_remote(&answer).expect("a valid answer");
        x.drain(now);
    }

    /// Carries candidates over.
    pub(crate) fn trickle(&mut self) {
        let candidate = |event: &Event| match event {
            Event::IceCandidate(candidate) => Some(candidate.clone()),
            _ => None,
        };
        let (from_a, from_b) = (self.a.take(candidate), self.b.take(candidate));
        for (peer, candidates) in [(&mut self.b, from_a), (&mut self.a, from_b)] {
            for candidate in candidates {
                peer.rtc.negotiation().add_candidate(&candidate).expect("a valid candidate");
                peer.drain(self.now);
            }
        }
    }

    /// Lets time pass until the next wake-up or arrival.
    pub(crate) fn step(&mut self) {
        let next = self.next_step();
        self.step_at(next);
    }

    fn next_step(&mut self) -> Instant {
        self.collect();
        let arrival = self.flight.front().map(|(at, ..)| *at);
        let next = [Some(self.a.wake), Some(self.b.wake), arrival].into_iter().flatten().min();
        self.now.max(next.expect("two wake-ups"))
    }

    fn step_at(&mut self, now: Instant) {
        self.now = now;
        let arrived = self.flight.pop_front_if(|(at, ..)| *at <= self.now);
        if let Some((_, to_b, transmit)) = arrived {
            let peer = if to_b { &mut self.b } else { &mut self.a };
            peer.rtc.handle_input(Input::Datagram(transmit.as_datagram()), self.now);
            peer.drain(self.now);
            self.delivered += 1;
            return;
        }
        for peer in [&mut self.a, &mut self.b] {
            if peer.wake <= self.now {
                peer.wakes += 1;
                peer.rtc.handle_input(Input::Timeout, self.now);
                peer.drain(self.now);
            }
        }
    }

    fn collect(&mut self) {
        let from_a = std::mem::take(&mut self.a.sent).into_iter().map(|transmit| (true, transmit));
        let from_b = std::mem::take(&mut self.b.sent).into_iter().map(|transmit| (false, transmit));
        for (to_b, mut transmit) in from_a.chain(from_b) {
            if let Some(rewrite) = &mut self.rewrite {
                rewrite(to_b, &mut transmit);
            }
            self.count += 1;
            self.trace.push(Sent {
                at: self.now - self.origin,
                path: (transmit.source, transmit.destination),
                kind: PacketKind::of(&transmit.contents),
                size: transmit.contents.len(),
                digest: digest(&transmit.contents),
            });
            let lost = self.lose_every.is_some_and(|every| self.count.is_multiple_of(every));
            let is_dead = |at: SocketAddr| self.dead.contains(&at.ip());
            let cut = self.cut
                || is_dead(transmit.source)
                || is_dead(transmit.destination)
                || (self.cut_kind.is_some() && self.cut_kind == PacketKind::of(&transmit.contents));
            if lost || cut {
                continue;
            }
            let peer = if to_b { &self.b } else { &self.a };
            for destination in destinations(peer, transmit.destination) {
                let copy = Transmit { destination, ..transmit.clone() };
                self.flight.push_back((self.now + self.delay, to_b, copy));
            }
        }
    }

    /// Runs for a span of virtual time.
    pub(crate) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        self.run_until(end, |_| false);
    }

    /// Runs until something holds; false when it does not by `end`.
    pub(crate) fn run_until(
        &mut self,
        end: Instant,
        mut holds: impl FnMut(&mut Pair) -> bool,
    ) -> bool {
        loop {
            if holds(self) {
                return true;
            }
            let next = self.next_step();
            if next > end {
                self.now = self.now.max(end);
                return false;
            }
            self.step_at(next);
        }
    }

    /// Runs until both ends are connected.
    pub(crate) fn connect(&mut self) {
        let end = self.now + Duration::from_secs(10);
        let connected = self.run_until(end, |pair| {
            let both = [&pair.a, &pair.b];
            both.iter().all(|peer| peer.rtc.connection_state() == ConnectionState::Connected)
        });
        assert!(connected, "connected within ten seconds");
    }
}

/// Where a datagram arrives: a multicast one at all that hear it, which may be none.
fn destinations(peer: &Peer, destination: SocketAddr) -> Vec<SocketAddr> {
    if !destination.ip().is_multicast() {
        return vec![destination];
    }
    let hears = |link: &&SocketAddr| link.is_ipv4() == destination.is_ipv4();
    peer.links.values().filter(hears).copied().collect()
}

/// FNV-1a.
fn digest(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}
