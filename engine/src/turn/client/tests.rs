//! The client against the server of `turn-server-proto`, and against answers that are none.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::attribute::{
    AlternateServer, AttributeWrite, ErrorCode, Nonce, Realm, XorMappedAddress,
};
use stun_types::message::{IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageWriteVec};
use stun_types::prelude::{MessageWrite, MessageWriteExt};
use turn_server_proto::api::{Transmit as Sent, TurnServerApi, TurnServerPollRet};
use turn_server_proto::server::TurnServer;
use turn_server_proto::types::{Instant as ServerInstant, TransportType};
use turn_types::attribute::XorRelayedAddress;

use super::binding::{BindingClient, BindingEvent};
use super::fault::ServerFault;
use super::message;
use super::received::Received;
use super::relay::{RelayClient, RelayEvent};
use crate::entropy::{Draws, Purpose, stream};
use crate::test_time::origin;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn client_address() -> SocketAddr {
    address("192.0.2.7:5000")
}

fn server_address() -> SocketAddr {
    address("198.51.100.1:3478")
}

fn relay_address() -> SocketAddr {
    address("198.51.100.1:50000")
}

fn peer() -> SocketAddr {
    address("203.0.113.9:7000")
}

/// A client, a server, and a peer that notes what comes.
struct World {
    client: RelayClient,
    server: TurnServer,
    now: Instant,
    events: Vec<RelayEvent>,
    at_peer: VecDeque<Vec<u8>>,
    at_client: VecDeque<(SocketAddr, SocketAddr, Vec<u8>)>,
    /// The server is gone.
    dead: bool,
    sent: u32,
}

impl World {
    fn new(password: &str) -> World {
        let realm = "lapwing.test".to_owned();
        let mut server = TurnServer::new(TransportType::Udp, server_address(), realm);
        server.add_user("ada".to_owned(), "secret".to_owned());
        let now = origin();
        let client = RelayClient::seeded([1; 32], "ada", password, false, now);
        let (at_peer, at_client) = (VecDeque::new(), VecDeque::new());
        let mut world = World {
            client,
            server,
            now,
            events: Vec::new(),
            at_peer,
            at_client,
            dead: false,
            sent: 0,
        };
        world.settle();
        world
    }

    fn time(&self) -> ServerInstant {
        ServerInstant::from_nanos((self.now - origin()).as_nanos() as i64 + 1)
    }

    fn arrive(&mut self, bytes: Vec<u8>, from: SocketAddr, to: SocketAddr) {
        if self.dead {
            return;
        }
        let time = self.time();
        let datagram = Sent::new(bytes, TransportType::Udp, from, to);
        let forwarded = self.server.recv(datagram, time).map(|forwarded| forwarded.build());
        if let Some(Sent { data, to, .. }) = forwarded {
            self.deliver(to, data);
        }
    }

    fn deliver(&mut self, to: SocketAddr, data: Vec<u8>) {
        if to == peer() {
            self.at_peer.push_back(data);
        } else if to == client_address()
            && let Received::Peer { peer, relayed, contents } = self.client.receive(&data, self.now)
        {
            self.at_client.push_back((peer, relayed, contents.to_vec()));
        }
    }

    /// Until both wait.
    fn settle(&mut self) {
        for _ in 0..100 {
            let mut idle = true;
            while let Some(bytes) = self.client.poll_transmit() {
                self.sent += 1;
                self.arrive(bytes, client_address(), server_address());
                idle = false;
            }
            self.events.extend(std::iter::from_fn(|| self.client.poll_event()));
            let time = self.time();
            while let Some(transmit) = self.server.poll_transmit(time) {
                self.deliver(transmit.to, transmit.data);
                idle = false;
            }
            if let TurnServerPollRet::AllocateSocket {
                transport,
                listen_addr,
                client_addr,
                allocation_transport,
                family,
            } = self.server.poll(time)
            {
                let socket = match family {
                    turn_server_proto::types::AddressFamily::IPV4 => Ok(relay_address()),
                    turn_server_proto::types::AddressFamily::IPV6 => {
                        Ok(address("[2001:db8::1]:50000"))
                    }
                };
                self.server.allocated_socket(
                    transport,
                    listen_addr,
                    client_addr,
                    allocation_transport,
                    family,
                    socket,
                    time,
                );
                idle = false;
            }
            if idle {
                return;
            }
        }
        panic!("they do not come to rest");
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.client.next_timeout().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.client.timeout(self.now);
            self.settle();
        }
        self.now = end;
    }

    fn send(&mut self, contents: &[u8]) -> Option<usize> {
        let wrapped = self.client.send(peer(), contents.to_vec(), self.now);
        let length = wrapped.as_ref().map(Vec::len);
        if let Some(bytes) = wrapped {
            self.arrive(bytes, client_address(), server_address());
        }
        self.settle();
        length
    }
}

#[test]
fn an_allocation_of_both_families_carries_both_ways_for_an_hour() {
    let mut world = World::new("secret");
    let v6 = address("[2001:db8::1]:50000");
    let [RelayEvent::Allocated { relayed, mapped }] = &world.events[..] else {
        panic!("it stands: {:?}", world.events)
    };
    assert_eq!((&relayed[..], *mapped), (&[v6, relay_address()][..], Some(client_address())));
    // The first waits for its channel, and arrives; from then on there are four bytes before each.
    assert_eq!(world.send(b"first"), None);
    assert_eq!(world.at_peer, [b"first".to_vec()]);
    for minute in 0..60 {
        let said = format!("minute {minute}");
        assert_eq!(world.send(said.as_bytes()), Some(said.len() + 4));
        assert_eq!(world.at_peer.back().map(Vec::as_slice), Some(said.as_bytes()));
        world.arrive(b"back".to_vec(), peer(), relay_address());
        assert_eq!(world.at_client.pop_back(), Some((peer(), relay_address(), b"back".to_vec())));
        world.pass(Duration::from_secs(60));
    }
    assert_eq!(world.at_peer.len(), 61);
    // 8 for allocation and channel; then refreshes of the two, and no more.
    assert!((20..40).contains(&world.sent), "{}", world.sent);
    assert_eq!(world.events.len(), 1, "{:?}", world.events);
    world.client.close(world.now);
    world.settle();
    assert!(world.client.is_over());
}

#[test]
fn an_address_that_is_permitted_is_sent_to_at_once() {
    let mut world = World::new("secret");
    world.send(b"first");
    let other = SocketAddr::new(peer().ip(), 7_001);
    let wrapped = world.client.send(other, b"second".to_vec(), world.now);
    assert!(wrapped.is_some_and(|bytes| bytes[..2] == [0x00, 0x16]), "a Send indication");
    world.arrive(b"from there".to_vec(), other, relay_address());
    assert_eq!(world.at_client.pop_back().map(|(from, ..)| from), Some(other));
}

#[test]
fn a_wrong_password_is_said_so() {
    let world = World::new("wrong");
    assert_eq!(world.events, [RelayEvent::Failed(ServerFault::WrongCredentials)]);
    assert!(world.client.is_over() && world.client.next_timeout().is_none());
}

#[test]
fn a_server_that_dies_is_noticed_while_something_is_sent() {
    let mut world = World::new("secret");
    world.send(b"first");
    world.pass(Duration::from_secs(30));
    world.dead = true;
    let died = world.now;
    for _ in 0..200 {
        world.send(b"into the void");
        world.pass(Duration::from_millis(100));
        if world.client.is_over() {
            break;
        }
    }
    assert_eq!(world.events[1..], [RelayEvent::Lost(ServerFault::TimedOut)]);
    let took = world.now - died;
    assert!((Duration::from_secs(9)..Duration::from_secs(14)).contains(&took), "{took:?}");
}

#[test]
fn without_a_server_it_gives_up_after_seven_requests() {
    let now = origin();
    let mut client = RelayClient::seeded([1; 32], "ada", "secret", false, now);
    assert_eq!(starve(&mut client), (7, Duration::from_millis(9_750)));
}

/// Lets time pass without an answer until the client gives up, as it must: how many messages it
/// sent, and when it said so.
fn starve(client: &mut RelayClient) -> (usize, Duration) {
    let mut sent = std::iter::from_fn(|| client.poll_transmit()).count();
    let (mut events, mut last) = (Vec::new(), origin());
    while let Some(at) = client.next_timeout() {
        client.timeout(at);
        sent += std::iter::from_fn(|| client.poll_transmit()).count();
        events.extend(std::iter::from_fn(|| client.poll_event()));
        last = at;
    }
    assert_eq!(events, [RelayEvent::Failed(ServerFault::TimedOut)]);
    (sent, last - origin())
}

#[test]
fn a_server_that_dies_over_an_old_allocation_is_said_to() {
    let now = origin();
    let mut client = RelayClient::seeded([1; 32], "ada", "secret", false, now);
    let first = client.poll_transmit().unwrap();
    client.receive(&refusal(&first, 437, &[]), now);
    assert_eq!(starve(&mut client).0, 7, "the refresh that ends the old one");
}

#[test]
fn after_silence_on_both_sides_nothing_is_overdue() {
    let mut world = World::new("secret");
    world.send(b"first");
    world.arrive(b"back".to_vec(), peer(), relay_address());
    world.pass(Duration::from_secs(10));
    let sent = world.sent;
    world.send(b"again");
    assert_eq!(world.client.next_timeout().map(|at| at - world.now), Some(Duration::from_secs(3)));
    world.arrive(b"back".to_vec(), peer(), relay_address());
    world.pass(Duration::from_secs(10));
    assert_eq!(world.sent, sent, "the server was asked nothing");
}

#[test]
fn a_nonce_that_ends_under_many_requests_is_stale_once() {
    let now = origin();
    let mut client = RelayClient::seeded([1; 32], "ada", "secret", false, now);
    let (realm, nonce) = (Realm::new("r").unwrap(), Nonce::new("n").unwrap());
    let first = client.poll_transmit().unwrap();
    client.receive(&refusal(&first, 401, &[&realm, &nonce]), now);
    let key = LongTermKeyCredentials::new("ada".into(), "secret".into(), "r".into());
    let key = key.make_key(IntegrityAlgorithm::Sha1);
    let allocate = client.poll_transmit().unwrap();
    let allocate = Message::from_bytes(&allocate).unwrap();
    let mut written = Message::builder_success(&allocate, MessageWriteVec::new());
    let relayed = XorRelayedAddress::new(relay_address(), allocate.transaction_id());
    written.add_attribute(&relayed).unwrap();
    written.add_message_integrity_with_key(&key, IntegrityAlgorithm::Sha1).unwrap();
    client.receive(&written.finish(), now);
    assert!(matches!(client.poll_event(), Some(RelayEvent::Allocated { .. })));

    let asked: Vec<Vec<u8>> = (1..=20)
        .map(|number| {
            let to = address(&format!("203.0.113.{number}:7000"));
            assert_eq!(client.send(to, vec![number], now), None, "it waits for its channel");
            client.poll_transmit().unwrap()
        })
        .collect();
    let fresh = Nonce::new("fresh").unwrap();
    for request in &asked {
        client.receive(&refusal(request, 438, &[&realm, &fresh]), now);
    }
    let again = std::iter::from_fn(|| client.poll_transmit()).collect::<Vec<_>>();
    assert_eq!(again.len(), 20, "all are asked for again");
    for request in &again {
        let request = Message::from_bytes(request).unwrap();
        assert_eq!(request.attribute::<Nonce>().unwrap().nonce(), "fresh");
    }
}

/// An error answer to a request.
fn refusal(request: &[u8], code: u16, more: &[&dyn AttributeWrite]) -> Vec<u8> {
    let request = Message::from_bytes(request).unwrap();
    let mut written = Message::builder_error(&request, MessageWriteVec::new());
    written.add_attribute(&ErrorCode::new(code, "as told").unwrap()).unwrap();
    for attribute in more {
        written.push_attribute_unchecked(*attribute);
    }
    written.finish()
}

#[test]
fn refusals_are_told_as_they_are() {
    let alternate = address("198.51.100.2:3478");
    for (code, expected) in [
        (442, ServerFault::Refused { code: 442, reason: "as told".to_owned() }),
        (486, ServerFault::Refused { code: 486, reason: "as told".to_owned() }),
        (508, ServerFault::Refused { code: 508, reason: "as told".to_owned() }),
        (300, ServerFault::Redirected(alternate)),
        (401, ServerFault::WrongCredentials),
    ] {
        let now = origin();
        let mut client = RelayClient::seeded([1; 32], "ada", "secret", false, now);
        let realm = Realm::new("r").unwrap();
        let nonce = Nonce::new("n").unwrap();
        let first = client.poll_transmit().unwrap();
        client.receive(&refusal(&first, 401, &[&realm, &nonce]), now);
        let second = client.poll_transmit().unwrap();
        let answer = refusal(&second, code, &[&AlternateServer::new(alternate)]);
        client.receive(&answer, now);
        assert_eq!(client.poll_event(), Some(RelayEvent::Failed(expected)), "{code}");
        assert_eq!((client.poll_transmit(), client.next_timeout()), (None, None));
    }
}

#[test]
fn nonces_that_are_always_stale_are_not_followed_for_ever() {
    let now = origin();
    let mut client = RelayClient::seeded([1; 32], "ada", "secret", false, now);
    let (realm, nonce) = (Realm::new("r").unwrap(), Nonce::new("n").unwrap());
    let mut asked = 0;
    while let Some(request) = client.poll_transmit() {
        asked += 1;
        assert!(asked < 20, "without end");
        let code = if asked == 1 { 401 } else { 438 };
        client.receive(&refusal(&request, code, &[&realm, &nonce]), now);
    }
    let refused = ServerFault::Refused { code: 438, reason: "as told".to_owned() };
    assert_eq!((asked, client.poll_event()), (6, Some(RelayEvent::Failed(refused))));
}

#[test]
fn what_nobody_asked_for_changes_nothing() {
    let now = origin();
    let mut client = RelayClient::seeded([1; 32], "ada", "secret", false, now);
    let request = client.poll_transmit().unwrap();
    let mut other = RelayClient::seeded([2; 32], "ada", "secret", false, now);
    let answer = refusal(&other.poll_transmit().unwrap(), 401, &[]);
    assert_eq!(client.receive(&answer, now), Received::Ignored);
    assert_eq!(client.receive(&[0x40, 0, 0, 1, 7], now), Received::Ignored);
    assert_eq!(client.receive(&request[..19], now), Received::Ignored);
    assert_eq!(client.poll_event(), None);
    assert!(client.send(peer(), vec![1], now).is_none());
    assert_eq!(client.dropped(), 1);
}

#[test]
fn a_stun_server_tells_an_address_and_a_new_one() {
    let now = origin();
    let mut client = BindingClient::new(Draws::of(&stream([1; 32], Purpose::Gather)), false, now);
    let answer = |request: &[u8], mapped: SocketAddr| {
        let request = Message::from_bytes(request).unwrap();
        let mut written = Message::builder_success(&request, MessageWriteVec::new());
        let mapped = XorMappedAddress::new(mapped, request.transaction_id());
        written.add_attribute(&mapped).unwrap();
        written.finish()
    };
    let (first, second) = (client_address(), peer());
    let request = client.poll_transmit().unwrap();
    let later = now + Duration::from_millis(40);
    assert_eq!(client.receive(&answer(&request, first), later), Received::Taken);
    assert_eq!(client.receive(&answer(&request, second), later), Received::Ignored, "once");
    assert_eq!(client.poll_event(), Some(BindingEvent::Mapped(first)));
    assert_eq!(client.round_trip(), Some(Duration::from_millis(40)));
    for (mapped, news) in [(first, None), (second, Some(BindingEvent::Mapped(second)))] {
        let at = client.next_timeout().unwrap();
        client.timeout(at);
        let request = client.poll_transmit().unwrap();
        assert_eq!(client.receive(&answer(&request, mapped), at), Received::Taken);
        assert_eq!((client.poll_event(), client.mapped()), (news, Some(mapped)));
    }
}

#[test]
fn channel_data_is_what_it_says() {
    let framed = message::into_channel_data(0x4001, b"abc".to_vec());
    assert_eq!(framed, [0x40, 0x01, 0, 3, b'a', b'b', b'c']);
    let padded = [&framed[..], &[0]].concat();
    assert_eq!(message::channel_data(&padded), Some((0x4001, &b"abc"[..])));
    assert_eq!(message::channel_data(&framed[..6]), None);
}
