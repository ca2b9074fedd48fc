//! Two connections of a server behind one address: one of a victim that talks, one of a participant
//! that means harm.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Config, ConnectionState, Datagram, Event, Input, MediaKind, PacketKind, Protocol, Router,
    SessionKind, Transmit,
};
use stun_types::attribute::{AttributeType, RawAttribute, Username};
use stun_types::message::{
    BINDING, IntegrityAlgorithm, Message, MessageIntegrityCredentials, MessageWriteVec,
    ShortTermCredentials,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};

use crate::media::{mid_of, opus};
use crate::pair::{Pair, Peer};

const SERVER: &str = "198.51.100.1:443";
const DELAY: Duration = Duration::from_millis(20);
const VICTIM: usize = 0;
const ATTACKER: usize = 1;

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// Clients, the server's ends of their connections by the same numbers, and the time.
struct Hall {
    now: Instant,
    router: Router<usize>,
    clients: Vec<Peer>,
    servers: Vec<Peer>,
    flight: VecDeque<(Instant, Transmit)>,
    /// Packets that found another connection than that of the client they came from.
    astray: usize,
}

impl Hall {
    fn new(session: SessionKind) -> Self {
        let now = Pair::seeded().now;
        let mut hall = Hall {
            now,
            router: Router::new(),
            clients: Vec::new(),
            servers: Vec::new(),
            flight: VecDeque::new(),
            astray: 0,
        };
        for (key, ip) in ["192.0.2.7", "192.0.2.66"].into_iter().enumerate() {
            let number = key as u64;
            let config = |number| Config { session, ..Config::seeded(number) };
            let mut client = Peer::new(config(10 + number), ip, now);
            let config = config(20 + number).with_shared_socket(address(SERVER));
            let mut server = Peer::new(config, "198.51.100.1", now);
            hall.router.insert(key, &server.rtc.local_ufrag());
            let init = Default::default();
            client.rtc.negotiation().add_transceiver(MediaKind::Audio, init);
            exchange(&mut client, &mut server, now);
            hall.clients.push(client);
            hall.servers.push(server);
        }
        hall
    }

    fn collect(&mut self) {
        let Hall { now, router, clients, servers, flight, .. } = self;
        for client in clients {
            flight.extend(client.sent.drain(..).map(|transmit| (*now + DELAY, transmit)));
        }
        for (key, server) in servers.iter_mut().enumerate() {
            for transmit in server.sent.drain(..) {
                router.transmitted(&key, &transmit, *now);
                flight.push_back((*now + DELAY, transmit));
            }
        }
    }

    fn deliver(&mut self, transmit: &Transmit) {
        let datagram = transmit.as_datagram();
        if transmit.destination != address(SERVER) {
            let client = usize::from(transmit.destination.ip() != address("192.0.2.7:1").ip());
            self.clients[client].rtc.handle_input(Input::Datagram(datagram), self.now);
            self.clients[client].drain(self.now);
            return;
        }
        let Some(key) = self.router.route(&datagram, self.now) else { return };
        let from = usize::from(transmit.source.ip() != address("192.0.2.7:1").ip());
        let is_check = PacketKind::of(&transmit.contents) == Some(PacketKind::Stun);
        self.astray += usize::from(key != from && !is_check);
        self.servers[key].rtc.handle_input(Input::Datagram(datagram), self.now);
        self.servers[key].drain(self.now);
    }

    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            self.collect();
            let peers = self.clients.iter().chain(&self.servers);
            let arrival = self.flight.front().map(|(at, _)| *at);
            let next = peers.map(|peer| peer.wake).chain(arrival).min().expect("four wake-ups");
            if next > end {
                self.now = end;
                return;
            }
            self.now = self.now.max(next);
            if let Some((_, transmit)) = self.flight.pop_front_if(|(at, _)| *at <= self.now) {
                self.deliver(&transmit);
                continue;
            }
            for peer in self.clients.iter_mut().chain(&mut self.servers) {
                if peer.wake <= self.now {
                    peer.rtc.handle_input(Input::Timeout, self.now);
                    peer.drain(self.now);
                }
            }
        }
    }

    /// A datagram that seems to come from the victim's network address.
    fn forge(&mut self, port: u16, contents: Vec<u8>) {
        let source = SocketAddr::new(address("192.0.2.7:1").ip(), port);
        let (protocol, destination) = (Protocol::Udp, address(SERVER));
        let transmit = Transmit { protocol, source, destination, ecn: None, contents };
        self.deliver(&transmit);
    }

    fn talk(&mut self, number: u8) {
        let client = &mut self.clients[VICTIM];
        let mid = mid_of(&mut client.rtc, MediaKind::Audio);
        let mut media = client.rtc.media(mid).expect("it is negotiated");
        media.write(&opus(number), self.now).expect("there is room");
        client.drain(self.now);
    }

    fn heard(&mut self) -> usize {
        let frame = |event: &Event| matches!(event, Event::Frame(_)).then_some(());
        self.servers[VICTIM].take(frame).len()
    }
}

fn exchange(client: &mut Peer, server: &mut Peer, now: Instant) {
    let offer = client.rtc.negotiation().create_offer().expect("something to offer");
    client.rtc.negotiation().set_local(&offer).expect("it was just created");
    client.drain(now);
    server.rtc.negotiation().set_remote(&offer).expect("a valid offer");
    let answer = server.rtc.negotiation().create_answer().expect("an offer waits");
    server.rtc.negotiation().set_local(&answer).expect("it was just created");
    server.drain(now);
    client.rtc.negotiation().set_remote(&answer).expect("a valid answer");
    client.drain(now);
    let candidate =
        |port: u16, ip: &str| format!("candidate:1 1 udp 2113937151 {ip} {port} typ host");
    let to_server = candidate(443, "198.51.100.1");
    client.rtc.negotiation().add_ice_candidate(&to_server).expect("a valid candidate");
    client.drain(now);
}

/// A check with all that one needs, signed with `password`.
fn check(username: &str, password: &str) -> Vec<u8> {
    let mut check = Message::builder_request(BINDING, MessageWriteVec::new());
    let username = Username::new(username).expect("a short name");
    check.add_attribute(&username).expect("it has none yet");
    let priority = RawAttribute::new(AttributeType::new(0x0024), &[0x6e, 0, 1, 0xff]);
    check.add_attribute(&priority).expect("it has none yet");
    let controlling = RawAttribute::new(AttributeType::new(0x802a), &[9; 8]);
    check.add_attribute(&controlling).expect("it has none yet");
    let credentials = ShortTermCredentials::new(password.to_owned());
    let credentials = MessageIntegrityCredentials::ShortTerm(credentials);
    check.add_message_integrity(&credentials, IntegrityAlgorithm::Sha1).expect("a first code");
    check.add_fingerprint().expect("a first one");
    check.finish()
}

fn credential(peer: &mut Peer, name: &str) -> String {
    let local = peer.rtc.negotiation().local_description().expect("it is set").sdp.clone();
    let prefix = format!("a={name}:");
    let line = local.lines().find_map(|line| line.strip_prefix(&prefix));
    line.expect("it is there").to_owned()
}

#[test]
fn a_talker_is_heard_while_others_write_its_address() {
    for session in [SessionKind::Str0m, SessionKind::Own] {
        talk_amid_forgeries(session);
    }
}

fn talk_amid_forgeries(session: SessionKind) {
    let mut hall = Hall::new(session);
    hall.run(Duration::from_secs(3));
    for peer in hall.clients.iter().chain(&hall.servers) {
        assert_eq!(peer.rtc.connection_state(), ConnectionState::Connected);
    }
    let [victim, attacker] = [VICTIM, ATTACKER].map(|key| hall.servers[key].rtc.local_ufrag());
    let password = credential(&mut hall.servers[ATTACKER], "ice-pwd");
    let theirs = credential(&mut hall.clients[ATTACKER], "ice-ufrag");
    let mut written = 0;
    for round in 0..200_u8 {
        // A stranger's check, and one that the attacker's own connection accepts.
        hall.forge(5000, check(&format!("{attacker}:nobody"), "a password of 24 letters"));
        hall.forge(5000, check(&format!("{attacker}:{theirs}"), &password));
        for port in 0..16 {
            hall.forge(
                6000 + port,
                check(&format!("{victim}:nobody"), "another one of 24 letters"),
            );
        }
        for _ in 0..5 {
            hall.talk(written as u8);
            written += 1;
            hall.run(Duration::from_millis(20));
        }
        hall.run(Duration::from_millis(400 + u64::from(round % 2)));
    }
    hall.run(Duration::from_secs(1));
    assert_eq!(hall.astray, 0, "of {written} frames' packets");
    assert_eq!(hall.heard(), written);
    assert_eq!(hall.servers[VICTIM].rtc.connection_state(), ConnectionState::Connected);
}

/// Checks of a participant from 2,000 ports: how many are answered. An address that is answered is
/// remembered (RFC 8445 section 7.3.1.3), so there is an end to them; the router has an end of its
/// own.
fn answered(session: SessionKind) -> usize {
    let mut hall = Hall::new(session);
    hall.run(Duration::from_secs(3));
    let server = hall.servers[ATTACKER].rtc.local_ufrag();
    let password = credential(&mut hall.servers[ATTACKER], "ice-pwd");
    let theirs = credential(&mut hall.clients[ATTACKER], "ice-ufrag");
    let mut answered = 0;
    for port in 10_000..12_000 {
        let contents = check(&format!("{server}:{theirs}"), &password);
        let source = SocketAddr::new(address("192.0.2.66:1").ip(), port);
        let (protocol, destination) = (Protocol::Udp, address(SERVER));
        let datagram = Datagram { protocol, source, destination, ecn: None, contents: &contents };
        let peer = &mut hall.servers[ATTACKER];
        peer.rtc.handle_input(Input::Datagram(datagram), hall.now);
        peer.drain(hall.now);
        answered += peer.sent.drain(..).filter(|sent| sent.destination == source).count();
    }
    hall.run(Duration::from_secs(20));
    assert_eq!(hall.servers[ATTACKER].rtc.connection_state(), ConnectionState::Connected);
    answered
}

#[test]
fn many_addresses_of_one_peer_cost_bounded_memory() {
    let answered = [SessionKind::Str0m, SessionKind::Own].map(answered);
    assert!((200..600).contains(&answered[0]), "{} of 2000 are remembered", answered[0]);
    // 64 addresses, one or two of them the client's own; each is answered, and may be asked too.
    assert!((60..=2 * 64).contains(&answered[1]), "{} of 2000 are remembered", answered[1]);
}
