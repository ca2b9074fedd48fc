//! Two peers and a network between them, in virtual time: delay, loss by a seeded stream, NATs,
//! and ways that are cut.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::datagram::Protocol;
use crate::ice::{Agent, AgentConfig, Credentials, LocalCandidate, Output, Path, Remote};
use crate::{IceCandidate, IceConnectionState};

/// The STUN server that tells reflexive addresses.
pub(super) const SERVER: &str = "203.0.113.250:3478";

#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) contents: Vec<u8>,
}

/// Somebody in the network.
pub(super) trait Side {
    fn credentials(&self) -> Credentials;
    fn begin(&mut self, remote: Credentials, controlling: bool, now: Instant);
    fn add_host(&mut self, address: SocketAddr, now: Instant);
    fn add_reflexive(&mut self, address: SocketAddr, base: SocketAddr, now: Instant);
    fn candidates(&self) -> Vec<String>;
    fn add_remote(&mut self, line: &str, now: Instant);
    fn deliver(&mut self, packet: &Packet, now: Instant);
    fn timeout(&mut self, now: Instant);
    fn next_timeout(&mut self) -> Option<Instant>;
    fn drain(&mut self, now: Instant) -> Vec<Packet>;
    /// Source and destination of traffic, once there is a path that both agreed on.
    fn agreed_path(&self) -> Option<(SocketAddr, SocketAddr)>;
}

/// An agent of ours, with media that it may send.
pub(super) struct Ours {
    pub(super) agent: Agent,
    pub(super) outputs: Vec<(Instant, Output)>,
    pub(super) wakes: u32,
    /// The time between packets of media.
    pub(super) media: Option<Duration>,
    media_at: Option<Instant>,
    /// When media came.
    pub(super) received: Vec<Instant>,
    pub(super) sent: Vec<Packet>,
}

pub(super) fn origin() -> Instant {
    crate::test_time::origin()
}

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(super) fn credentials(number: u64) -> Credentials {
    Credentials::new(format!("uf{number}"), format!("password-of-24-chars-{number:03}"))
}

pub(super) fn host(address: SocketAddr) -> IceCandidate {
    let line = format!("candidate:x 1 udp 0 {} {} typ host", address.ip(), address.port());
    let candidate = IceCandidate::parse(&line).unwrap();
    IceCandidate { foundation: String::new(), ..candidate }
}

pub(super) fn reflexive(address: SocketAddr, base: SocketAddr) -> IceCandidate {
    IceCandidate {
        kind: crate::CandidateKind::ServerReflexive,
        related: Some(base),
        ..host(address)
    }
}

pub(super) fn config(seed: u64) -> AgentConfig {
    AgentConfig::new(ChaCha20Rng::seed_from_u64(seed))
}

impl Ours {
    pub(super) fn new(number: u64) -> Self {
        Ours::with(config(number), number)
    }

    pub(super) fn with(config: AgentConfig, number: u64) -> Self {
        Ours {
            agent: Agent::new(config, credentials(number), origin()),
            outputs: Vec::new(),
            wakes: 0,
            media: None,
            media_at: None,
            received: Vec::new(),
            sent: Vec::new(),
        }
    }

    pub(super) fn states(&self) -> Vec<IceConnectionState> {
        let states = self.outputs.iter().filter_map(|(_, output)| match output {
            Output::State(state) => Some(*state),
            _ => None,
        });
        states.collect()
    }

    pub(super) fn paths(&self) -> Vec<Path> {
        let paths = self.outputs.iter().filter_map(|(_, output)| match output {
            Output::Selected(path) => Some(*path),
            _ => None,
        });
        paths.collect()
    }

    /// When the state was reached last, since the origin.
    pub(super) fn reached(&self, wanted: IceConnectionState) -> Option<Duration> {
        let mut outputs = self.outputs.iter().rev();
        let found = outputs.find(|(_, output)| *output == Output::State(wanted))?;
        Some(found.0 - origin())
    }

    pub(super) fn is_up(&self) -> bool {
        use IceConnectionState::{Completed, Connected};
        matches!(self.agent.state(), Connected | Completed)
    }

    /// The longest time between two packets of media that came after an instant.
    pub(super) fn longest_gap(&self, after: Instant) -> Duration {
        let later: Vec<Instant> = self.received.iter().copied().filter(|at| *at >= after).collect();
        let first = later.first().map_or(Duration::MAX, |first| *first - after);
        later.windows(2).map(|two| two[1] - two[0]).max().unwrap_or(Duration::MAX).max(first)
    }
}

impl Side for Ours {
    fn credentials(&self) -> Credentials {
        self.agent.local_credentials().clone()
    }

    fn begin(&mut self, remote: Credentials, controlling: bool, now: Instant) {
        self.agent.set_remote(Remote::new(remote), controlling, now);
    }

    fn add_host(&mut self, address: SocketAddr, now: Instant) {
        let candidate = LocalCandidate::new(host(address)).unwrap();
        self.agent.add_local(candidate, now).expect("it can be used");
    }

    fn add_reflexive(&mut self, address: SocketAddr, base: SocketAddr, now: Instant) {
        let candidate = LocalCandidate::new(reflexive(address, base)).unwrap();
        self.agent.add_local(candidate, now).expect("it can be used");
    }

    fn candidates(&self) -> Vec<String> {
        self.agent.local_candidates().iter().map(ToString::to_string).collect()
    }

    fn add_remote(&mut self, line: &str, now: Instant) {
        let candidate = IceCandidate::parse(line).unwrap();
        self.agent.add_remote(&candidate, now).unwrap();
    }

    fn deliver(&mut self, packet: &Packet, now: Instant) {
        let (source, destination) = (packet.source, packet.destination);
        if packet.contents[0] >= 128 {
            if self.agent.is_authentic_path(source, destination) {
                self.agent.count_received(source, destination, packet.contents.len(), now);
                self.agent.note_received(source, destination, now);
                self.received.push(now);
            }
            return;
        }
        self.agent.handle_stun(&packet.contents, source, destination, Protocol::Udp, now);
    }

    fn timeout(&mut self, now: Instant) {
        if self.agent.next_timeout().is_some_and(|at| at <= now) {
            self.wakes += 1;
            self.agent.handle_timeout(now);
        }
        if let Some(interval) = self.media
            && self.media_at.is_none_or(|at| at <= now)
        {
            self.media_at = Some(now + interval);
            if let Some((source, destination)) = self.agent.path_addresses()
                && self.agent.may_send(now)
            {
                self.agent.send(vec![0; 50], now);
                self.sent.push(Packet { source, destination, contents: vec![128; 50] });
            }
        }
    }

    fn next_timeout(&mut self) -> Option<Instant> {
        let media = self.media.map(|_| self.media_at.unwrap_or_else(origin));
        media.into_iter().chain(self.agent.next_timeout()).min()
    }

    fn drain(&mut self, now: Instant) -> Vec<Packet> {
        let mut sent = std::mem::take(&mut self.sent);
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Transmit(transmit) => sent.push(Packet {
                    source: transmit.source,
                    destination: transmit.destination,
                    contents: transmit.contents,
                }),
                other => self.outputs.push((now, other)),
            }
        }
        sent
    }

    fn agreed_path(&self) -> Option<(SocketAddr, SocketAddr)> {
        let path = self.agent.selected().filter(|_| self.is_up())?;
        let pair = self.agent.pair(path.pair)?;
        pair.nominated.then_some((path.source, path.destination))
    }
}

/// A NAT in front of all addresses of one side, by RFC 4787: filtering by address and port.
#[derive(Debug)]
pub(super) struct Nat {
    external: IpAddr,
    /// Each destination has a mapping of its own.
    by_destination: bool,
    mappings: BTreeMap<(SocketAddr, Option<SocketAddr>), u16>,
    allowed: BTreeSet<(u16, SocketAddr)>,
}

impl Nat {
    pub(super) fn new(external: &str, by_destination: bool) -> Self {
        let external = external.parse().unwrap();
        let (mappings, allowed) = (BTreeMap::new(), BTreeSet::new());
        Nat { external, by_destination, mappings, allowed }
    }

    fn outbound(&mut self, source: SocketAddr, destination: SocketAddr) -> SocketAddr {
        let next = 40_000 + self.mappings.len() as u16;
        let key = (source, self.by_destination.then_some(destination));
        let port = *self.mappings.entry(key).or_insert(next);
        self.allowed.insert((port, destination));
        SocketAddr::new(self.external, port)
    }

    fn inbound(&self, destination: SocketAddr, source: SocketAddr) -> Option<SocketAddr> {
        if !self.allowed.contains(&(destination.port(), source)) {
            return None;
        }
        let mut mappings = self.mappings.iter();
        mappings.find(|(_, port)| **port == destination.port()).map(|((inside, _), _)| *inside)
    }
}

pub(super) struct World<A, B> {
    pub(super) now: Instant,
    pub(super) a: A,
    pub(super) b: B,
    pub(super) delay: Duration,
    /// Of a thousand packets.
    pub(super) loss: u32,
    pub(super) nats: [Option<Nat>; 2],
    /// Sources and destinations, as senders know them, between which nothing passes.
    pub(super) cut: BTreeSet<(IpAddr, IpAddr)>,
    pub(super) bytes_sent: [usize; 2],
    pub(super) packets_sent: [usize; 2],
    homes: [BTreeSet<IpAddr>; 2],
    queue: BTreeMap<(Instant, u64), (usize, Packet)>,
    number: u64,
    rng: ChaCha20Rng,
}

impl World<Ours, Ours> {
    /// Ours on both sides, each with these hosts; the first controls. They know each other.
    pub(super) fn joined(a: &[&str], b: &[&str]) -> Self {
        let mut world = World::new(Ours::new(1), Ours::new(2), 1);
        world.add_hosts(a, b);
        world.join();
        world
    }
}

impl<A: Side, B: Side> World<A, B> {
    pub(super) fn new(a: A, b: B, seed: u64) -> Self {
        World {
            now: origin(),
            a,
            b,
            delay: Duration::from_millis(25),
            loss: 0,
            nats: [None, None],
            cut: BTreeSet::new(),
            bytes_sent: [0; 2],
            packets_sent: [0; 2],
            homes: [BTreeSet::new(), BTreeSet::new()],
            queue: BTreeMap::new(),
            number: 0,
            rng: ChaCha20Rng::seed_from_u64(seed),
        }
    }

    pub(super) fn add_hosts(&mut self, a: &[&str], b: &[&str]) {
        for host in a {
            self.homes[0].insert(address(host).ip());
            self.a.add_host(address(host), self.now);
        }
        for host in b {
            self.homes[1].insert(address(host).ip());
            self.b.add_host(address(host), self.now);
        }
    }

    /// Each side asks the STUN server from these hosts.
    pub(super) fn add_reflexive(&mut self, a: &[&str], b: &[&str]) {
        for base in a.iter().map(|base| address(base)) {
            if let Some(nat) = &mut self.nats[0] {
                self.a.add_reflexive(nat.outbound(base, address(SERVER)), base, self.now);
            }
        }
        for base in b.iter().map(|base| address(base)) {
            if let Some(nat) = &mut self.nats[1] {
                self.b.add_reflexive(nat.outbound(base, address(SERVER)), base, self.now);
            }
        }
    }

    /// Both learn the other's credentials and candidates; the first controls.
    pub(super) fn join(&mut self) {
        self.exchange_credentials(true, false);
        self.exchange_candidates();
    }

    pub(super) fn exchange_credentials(&mut self, a_controls: bool, b_controls: bool) {
        let (a, b) = (self.a.credentials(), self.b.credentials());
        self.a.begin(b, a_controls, self.now);
        self.b.begin(a, b_controls, self.now);
    }

    pub(super) fn exchange_candidates(&mut self) {
        for line in self.a.candidates() {
            self.b.add_remote(&line, self.now);
        }
        for line in self.b.candidates() {
            self.a.add_remote(&line, self.now);
        }
    }

    /// Nothing passes between these addresses, in either direction.
    pub(super) fn cut(&mut self, a: &str, b: &str) {
        let (a, b) = (a.parse().unwrap(), b.parse().unwrap());
        self.cut.extend([(a, b), (b, a)]);
    }

    fn route(&mut self, from: usize, packet: Packet) {
        self.bytes_sent[from] += packet.contents.len();
        self.packets_sent[from] += 1;
        let to = 1 - from;
        let Packet { mut source, mut destination, contents } = packet;
        if self.cut.contains(&(source.ip(), destination.ip())) {
            return;
        }
        if let Some(nat) = &mut self.nats[from] {
            source = nat.outbound(source, destination);
        }
        match &self.nats[to] {
            Some(nat) if nat.external == destination.ip() => {
                let Some(inside) = nat.inbound(destination, source) else { return };
                destination = inside;
            }
            Some(_) => return,
            None if !self.homes[to].contains(&destination.ip()) => return,
            None => {}
        }
        if self.rng.next_u32() % 1000 < self.loss {
            return;
        }
        self.number += 1;
        let at = (self.now + self.delay, self.number);
        self.queue.insert(at, (to, Packet { source, destination, contents }));
    }

    fn drain(&mut self) {
        for packet in self.a.drain(self.now) {
            self.route(0, packet);
        }
        for packet in self.b.drain(self.now) {
            self.route(1, packet);
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.now - origin()
    }

    pub(super) fn run_for(&mut self, time: Duration) {
        self.run_until(time, |_, _| false);
    }

    /// Runs until something holds, and gives the time it took; `None` after `limit`.
    pub(super) fn run_until(
        &mut self,
        limit: Duration,
        mut holds: impl FnMut(&A, &B) -> bool,
    ) -> Option<Duration> {
        let (begin, end) = (self.now, self.now + limit);
        let mut steps_at_once = 0;
        loop {
            self.drain();
            if holds(&self.a, &self.b) {
                return Some(self.now - begin);
            }
            let packet = self.queue.first_key_value().map(|((at, _), _)| *at);
            let timeouts = [packet, self.a.next_timeout(), self.b.next_timeout()];
            let next = timeouts.into_iter().flatten().min().filter(|next| *next <= end);
            let Some(next) = next else {
                self.now = end;
                return None;
            };
            steps_at_once = if next > self.now { 0 } else { steps_at_once + 1 };
            assert!(steps_at_once < 10_000, "somebody wants to be woken forever");
            self.now = self.now.max(next);
            self.step();
        }
    }

    fn step(&mut self) {
        let now = self.now;
        if self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= now) {
            let (_, (to, packet)) = self.queue.pop_first().unwrap();
            match to {
                0 => self.a.deliver(&packet, now),
                _ => self.b.deliver(&packet, now),
            }
            return;
        }
        self.a.timeout(now);
        self.b.timeout(now);
    }

    /// Both have a path that they agreed on.
    pub(super) fn run_until_agreed(&mut self, limit: Duration) -> Option<Duration> {
        self.run_until(limit, |a, b| {
            let (Some(a), Some(b)) = (a.agreed_path(), b.agreed_path()) else { return false };
            a.0.is_ipv4() == b.0.is_ipv4()
        })
    }
}
