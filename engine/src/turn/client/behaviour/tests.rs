//! A client behind NATs of every kind, and servers of many.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use stun_types::attribute::{AttributeType, RawAttribute, XorMappedAddress};
use stun_types::message::MessageWriteVec;
use stun_types::prelude::{MessageWrite, MessageWriteExt};

use super::*;
use crate::entropy::{Purpose, stream};
use crate::test_time::origin;

const OTHER: &str = "192.0.2.2:3479";
const MAPPINGS: [NatMapping; 4] = [
    NatMapping::NoTranslation,
    NatMapping::EndpointIndependent,
    NatMapping::AddressDependent,
    NatMapping::AddressAndPortDependent,
];
const FILTERINGS: [NatFiltering; 3] = [
    NatFiltering::EndpointIndependent,
    NatFiltering::AddressDependent,
    NatFiltering::AddressAndPortDependent,
];

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn local() -> SocketAddr {
    at("10.0.0.2:5000")
}

fn server() -> SocketAddr {
    at("192.0.2.1:3478")
}

fn client() -> BehaviourClient {
    let draws = Draws::of(&stream([1; 32], Purpose::Gather));
    BehaviourClient::new(draws, local(), server(), origin())
}

/// How the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    Whole,
    /// It answers everything from where it is asked.
    Fixed,
    /// It answers nothing that asks for a change with success.
    Refusing,
    /// Nobody is at its other address.
    Half,
    /// It answers nothing but the first.
    Dying,
}

/// A NAT and a server with its other address, between which and a client messages pass.
struct Play {
    nat: NatBehaviour,
    server: Server,
    other: Option<SocketAddr>,
    sent: Vec<SocketAddr>,
    lasted: Duration,
}

impl Play {
    fn new(nat: NatBehaviour, server: Server) -> Play {
        Play { nat, server, other: Some(at(OTHER)), sent: Vec::new(), lasted: Duration::ZERO }
    }

    fn of(mapping: NatMapping, filtering: NatFiltering, server: Server) -> BehaviourEvent {
        Play::new(NatBehaviour { mapping, filtering }, server).run()
    }

    fn run(&mut self) -> BehaviourEvent {
        let (mut client, mut now) = (client(), origin());
        loop {
            while let Some((to, bytes)) = client.poll_transmit() {
                self.sent.push(to);
                if let Some((from, answer)) = self.answer(to, &bytes)
                    && self.passes(from)
                {
                    client.receive(from, &answer, now);
                }
            }
            if let Some(event) = client.poll_event() {
                self.lasted = now.saturating_duration_since(origin());
                assert_eq!((client.next_timeout(), client.poll_transmit()), (None, None));
                return event;
            }
            now = client.next_timeout().expect("it waits for something");
            client.timeout(now);
        }
    }

    fn seen_by(&self, to: SocketAddr) -> SocketAddr {
        let port = match self.nat.mapping {
            NatMapping::AddressDependent => 6_000 + u16::from(to.ip() != server().ip()),
            NatMapping::AddressAndPortDependent => {
                6_000
                    + u16::from(to.ip() != server().ip()) * 2
                    + u16::from(to.port() != server().port())
            }
            NatMapping::NoTranslation => return local(),
            _ => 6_000,
        };
        SocketAddr::new(at("198.51.100.7:0").ip(), port)
    }

    fn passes(&self, from: SocketAddr) -> bool {
        let sent: BTreeSet<&SocketAddr> = self.sent.iter().collect();
        match self.nat.filtering {
            NatFiltering::AddressDependent => sent.iter().any(|to| to.ip() == from.ip()),
            NatFiltering::AddressAndPortDependent => sent.contains(&from),
            _ => true,
        }
    }

    fn answer(&self, to: SocketAddr, bytes: &[u8]) -> Option<(SocketAddr, Vec<u8>)> {
        let request = Message::from_bytes(bytes).unwrap();
        let change = request.raw_attribute(AttributeType::new(3)).map(|raw| raw.value[3]);
        let (ip, port) = (self.other?.ip(), self.other?.port());
        let from = match change.filter(|_| self.server != Server::Fixed) {
            Some(6) => SocketAddr::new(ip, port),
            Some(2) => SocketAddr::new(to.ip(), port),
            _ => to,
        };
        let is_lost = match self.server {
            Server::Half => from.ip() != server().ip(),
            Server::Dying => self.sent.len() > 1,
            _ => false,
        };
        if is_lost {
            return None;
        }
        if self.server == Server::Refusing && change.is_some() {
            let written = Message::builder_error(&request, MessageWriteVec::new());
            return Some((to, written.finish()));
        }
        let mut written = Message::builder_success(&request, MessageWriteVec::new());
        let mapped = XorMappedAddress::new(self.seen_by(to), request.transaction_id());
        written.add_attribute(&mapped).unwrap();
        let other = [&[0, 1][..], &port.to_be_bytes(), &octets(ip)].concat();
        let other = RawAttribute::new(AttributeType::new(0x802c), &other);
        written.add_attribute(&other).unwrap();
        Some((from, written.finish()))
    }
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

#[test]
fn every_behaviour_is_named() {
    for mapping in MAPPINGS {
        for filtering in FILTERINGS {
            let nat = NatBehaviour { mapping, filtering };
            let mut play = Play::new(nat, Server::Whole);
            assert_eq!(play.run(), BehaviourEvent::Told(nat));
            // Silence is waited for where the filter is narrow, and only there.
            let is_open = filtering == NatFiltering::EndpointIndependent;
            let lasted = if is_open { 0 } else { 5_750 };
            assert_eq!(play.lasted, Duration::from_millis(lasted), "{nat}");
            assert!(play.sent.len() <= 13, "{nat}: {:?}", play.sent);
        }
    }
}

#[test]
fn what_is_not_shown_is_not_said() {
    use NatFiltering::{AddressAndPortDependent, EndpointIndependent, Unknown};
    let told = |mapping, filtering| BehaviourEvent::Told(NatBehaviour { mapping, filtering });
    for mapping in MAPPINGS {
        // Without answers from elsewhere there is the mapping alone.
        for server in [Server::Fixed, Server::Refusing] {
            let event = Play::of(mapping, EndpointIndependent, server);
            assert_eq!(event, told(mapping, Unknown), "{server:?}");
        }
        // Without the other address there is no more than the first answer says.
        let first = match mapping {
            NatMapping::NoTranslation => mapping,
            _ => NatMapping::Unknown,
        };
        for server in [Server::Half, Server::Dying] {
            let event = Play::of(mapping, AddressAndPortDependent, server);
            assert_eq!(event, told(first, Unknown), "{server:?}");
        }
    }
}

#[test]
fn a_server_without_another_address_and_port_cannot_tell() {
    let open = NatBehaviour {
        mapping: NatMapping::NoTranslation,
        filtering: NatFiltering::EndpointIndependent,
    };
    for other in ["192.0.2.1:3479", "192.0.2.2:3478", "192.0.2.1:3478"] {
        let mut play = Play::new(open, Server::Whole);
        play.other = Some(at(other));
        assert_eq!(play.run(), BehaviourEvent::NotSupported, "{other}");
    }
}

#[test]
fn nothing_is_sent_to_where_no_server_can_be() {
    let nat = NatBehaviour {
        mapping: NatMapping::EndpointIndependent,
        filtering: NatFiltering::AddressAndPortDependent,
    };
    for other in ["224.0.0.1:9", "255.255.255.255:9", "127.0.0.1:9", "0.0.0.0:9", "192.0.2.9:0"] {
        let mut play = Play::new(nat, Server::Whole);
        play.other = Some(at(other));
        let (mapping, filtering) = (NatMapping::Unknown, NatFiltering::Unknown);
        let told = BehaviourEvent::Told(NatBehaviour { mapping, filtering });
        assert_eq!(play.run(), told, "{other}");
        assert!(play.sent.iter().all(|to| *to == server()), "{other}: {:?}", play.sent);
    }
}

#[test]
fn a_silent_server_is_given_up_after_five_requests() {
    let nat = NatBehaviour {
        mapping: NatMapping::EndpointIndependent,
        filtering: NatFiltering::EndpointIndependent,
    };
    let mut play = Play::new(nat, Server::Whole);
    play.other = None;
    assert_eq!(play.run(), BehaviourEvent::Failed(ServerFault::TimedOut));
    assert_eq!((play.sent.len(), play.lasted), (5, Duration::from_millis(5_750)));
}

#[test]
fn only_who_was_asked_says_where_we_are() {
    let nat = NatBehaviour {
        mapping: NatMapping::EndpointIndependent,
        filtering: NatFiltering::EndpointIndependent,
    };
    let mut play = Play::new(nat, Server::Whole);
    let mut client = client();
    let (to, request) = client.poll_transmit().unwrap();
    play.sent.push(to);
    let (from, answer) = play.answer(to, &request).unwrap();
    assert_eq!(client.receive(at(OTHER), &answer, origin()), Received::Ignored);
    assert_eq!(client.receive(from, &request, origin()), Received::Ignored);
    assert_eq!(client.receive(from, &answer, origin()), Received::Taken);
    assert_eq!(client.receive(from, &answer, origin()), Received::Ignored, "it was answered");
}

/// What a stranger, a network or a broken server may bring.
fn any_datagram() -> impl Strategy<Value = (Option<u8>, Vec<u8>, Option<(usize, u8)>)> {
    let change = prop::option::of((any::<usize>(), any::<u8>()));
    (prop::option::of(any::<u8>()), prop::collection::vec(any::<u8>(), 0..64), change)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_comes_it_ends_and_sends_little(
        datagrams in prop::collection::vec(any_datagram(), 0..40),
    ) {
        let nat = NatBehaviour {
            mapping: NatMapping::AddressAndPortDependent,
            filtering: NatFiltering::EndpointIndependent,
        };
        let play = Play::new(nat, Server::Whole);
        let (mut client, mut now) = (client(), origin());
        let (mut sent, mut events) = (Vec::new(), 0);
        let mut datagrams = datagrams.into_iter();
        for _ in 0..100 {
            while let Some((to, bytes)) = client.poll_transmit() {
                sent.push(to);
                let Some((place, mut noise, change)) = datagrams.next() else { continue };
                let from = match place {
                    None => to,
                    Some(last) => SocketAddr::from(([192, 0, 2, last], 3_478)),
                };
                client.receive(from, &noise, now);
                // The true answer, whole or with a byte changed, from the right place or not.
                let Some((right, mut answer)) = play.answer(to, &bytes) else { continue };
                if let Some((index, mask)) = change {
                    let index = index % answer.len();
                    answer[index] ^= mask;
                }
                client.receive(place.map_or(right, |_| from), &answer, now);
                noise.splice(0..0, answer);
                client.receive(right, &noise, now);
            }
            events += usize::from(client.poll_event().is_some());
            let Some(at) = client.next_timeout() else { break };
            prop_assert!(at > now, "it wakes at once");
            now = at;
            client.timeout(now);
        }
        prop_assert_eq!((client.next_timeout(), events), (None, 1));
        prop_assert!(sent.len() <= 25, "{:?}", sent);
        prop_assert!(now <= origin() + Duration::from_secs(23));
    }
}
