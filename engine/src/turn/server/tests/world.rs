//! A server, its sockets as a table, and clients that write their own requests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::attribute::{
    Attribute, AttributeFromRaw, AttributeStaticType, AttributeType, ErrorCode, RawAttribute,
    Username, XorMappedAddress,
};
use stun_types::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass, MessageType,
    MessageWriteVec, Method, TransactionId,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};
use turn_types::attribute::{XorPeerAddress, XorRelayedAddress};
use turn_types::message::ALLOCATE;

use crate::datagram::Protocol;
use crate::test_time::origin;
use crate::turn::message::parse;
use crate::turn::server::contract::{Client, Family, RelayFault, RelayId, TurnInput, TurnOutput};
use crate::turn::server::{
    Forward, Listener, ListenerId, RelayFamilies, TurnServer, TurnServerConfig, Users, wire,
};

pub(super) const REALM: &str = "example.org";
pub(super) const UNIX_TIME: Duration = Duration::from_secs(1_700_000_000);

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(super) fn client(number: u16) -> Client {
    let address = SocketAddr::from(([198, 51, 100, (number >> 8) as u8], 1024 + (number & 0xff)));
    Client { listener: ListenerId(0), address }
}

/// One listener of UDP, then one of TCP; the users ada and bob, and the secret north.
pub(super) fn config() -> TurnServerConfig {
    let mut config = TurnServerConfig::new([7; 32], UNIX_TIME, REALM);
    let local = address("192.0.2.1:3478");
    config.listeners =
        vec![Listener::new(local, Protocol::Udp), Listener::new(local, Protocol::Tcp)];
    config.users =
        Users::default().with_user("ada", "secret").with_user("bob", "hidden").with_secret("north");
    config.families = RelayFamilies::Both;
    config
}

pub(super) struct World {
    pub(super) server: TurnServer,
    pub(super) now: Instant,
    pub(super) relays: BTreeMap<SocketAddr, RelayId>,
    pub(super) sent: Vec<(Client, Vec<u8>)>,
    /// Why no relayed address can be opened.
    pub(super) fault: Option<RelayFault>,
    next_port: u16,
}

impl World {
    pub(super) fn new(config: TurnServerConfig) -> Self {
        World {
            server: TurnServer::new(config, origin()),
            now: origin(),
            relays: BTreeMap::new(),
            sent: Vec::new(),
            fault: None,
            next_port: 49_152,
        }
    }

    /// Gives the server what a client sent, and carries out what follows.
    pub(super) fn client_sends<'a>(
        &mut self,
        client: Client,
        contents: &'a [u8],
    ) -> Option<Forward<'a>> {
        let forward = self.server.handle_input(TurnInput::Client { client, contents }, self.now);
        self.drain();
        forward
    }

    pub(super) fn peer_sends<'a>(
        &mut self,
        relayed: SocketAddr,
        peer: SocketAddr,
        contents: &'a [u8],
    ) -> Option<Forward<'a>> {
        let relay = *self.relays.get(&relayed)?;
        let forward = self.server.handle_input(TurnInput::Peer { relay, peer, contents }, self.now);
        self.drain();
        forward
    }

    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.server.handle_input(TurnInput::Timeout, self.now);
            match self.drain() {
                Some(at) if at <= end => {
                    assert!(at > self.now, "the server wants to be woken at once again");
                    self.now = at;
                }
                _ if self.now == end => return,
                _ => self.now = end,
            }
        }
    }

    pub(super) fn drain(&mut self) -> Option<Instant> {
        loop {
            let input = match self.server.poll_output() {
                TurnOutput::Timeout { at } => return at,
                TurnOutput::Transmit { client, contents } => {
                    self.sent.push((client, contents));
                    continue;
                }
                TurnOutput::CloseRelay { relay } => {
                    self.relays.retain(|_, open| *open != relay);
                    continue;
                }
                TurnOutput::OpenRelay { relay, family, even, .. } => match self.fault {
                    Some(fault) => TurnInput::RelayFailed { relay, fault },
                    None => {
                        self.next_port += 1 + u16::from(even && self.next_port.is_multiple_of(2));
                        let address = match family {
                            Family::V4 => SocketAddr::from(([203, 0, 113, 1], self.next_port)),
                            Family::V6 => address(&format!("[2001:db8::1]:{}", self.next_port)),
                        };
                        self.relays.insert(address, relay);
                        TurnInput::RelayOpened { relay, address }
                    }
                },
            };
            self.server.handle_input(input, self.now);
        }
    }

    pub(super) fn answer(&mut self) -> Option<Answered> {
        let (client, contents) = self.sent.pop()?;
        assert!(self.sent.is_empty(), "more than one answer");
        Some(Answered::read(client, &contents))
    }
}

/// An answer, as far as tests look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) client: Client,
    pub(super) code: u16,
    pub(super) nonce: Option<Vec<u8>>,
    pub(super) mapped: Option<SocketAddr>,
    pub(super) relayed: Vec<SocketAddr>,
    pub(super) lifetime: Option<u32>,
    pub(super) is_signed: bool,
    pub(super) others: BTreeMap<u16, Vec<u8>>,
}

impl Answered {
    fn read(client: Client, contents: &[u8]) -> Self {
        let message = parse(contents).expect("an answer is a message");
        let transaction = message.transaction_id();
        let attributes: Vec<_> = message.iter_attributes().map(|(_, one)| one).collect();
        let error = message.raw_attribute(ErrorCode::TYPE);
        let code = error.map_or(0, |raw| ErrorCode::from_raw_ref(&raw).unwrap().code());
        assert_eq!(code == 0, message.class() == MessageClass::Success);
        let of = |kind: AttributeType| message.raw_attribute(kind).map(|raw| raw.value.to_vec());
        let mapped = message.raw_attribute(XorMappedAddress::TYPE);
        let relayed = attributes.iter().filter(|one| one.get_type() == wire::XOR_RELAYED_ADDRESS);
        let relayed = relayed.map(|raw| XorRelayedAddress::from_raw_ref(raw).unwrap());
        Answered {
            client,
            code,
            nonce: of(wire::NONCE),
            mapped: mapped
                .map(|raw| XorMappedAddress::from_raw_ref(&raw).unwrap().addr(transaction)),
            relayed: relayed.map(|one| one.addr(transaction)).collect(),
            lifetime: wire::word(&message, wire::LIFETIME).map(u32::from_be_bytes),
            is_signed: wire::is_signed(&message),
            others: attributes
                .iter()
                .map(|one| (one.get_type().value(), one.value.to_vec()))
                .collect(),
        }
    }
}

/// A client that knows a name and a password.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) client: Client,
    pub(super) name: String,
    pub(super) password: String,
    pub(super) nonce: Vec<u8>,
    pub(super) transaction: u128,
}

impl Asker {
    pub(super) fn new(client: Client, name: &str, password: &str) -> Self {
        let (name, password) = (name.to_owned(), password.to_owned());
        Asker { client, name, password, nonce: Vec::new(), transaction: 0 }
    }

    pub(super) fn ada(number: u16) -> Self {
        Asker::new(client(number), "ada", "secret")
    }

    /// One with a nonce and an allocation, and that allocation's address.
    pub(super) fn allocated(world: &mut World, number: u16) -> (Self, SocketAddr) {
        let mut asker = Asker::ada(number);
        let answer = asker.allocate(world);
        assert_eq!(answer.code, 0, "{answer:?}");
        (asker, answer.relayed[0])
    }

    pub(super) fn allocate(&mut self, world: &mut World) -> Answered {
        self.learn_nonce(world);
        self.ask(world, ALLOCATE, &[(wire::REQUESTED_TRANSPORT, &[17, 0, 0, 0])])
    }

    pub(super) fn learn_nonce(&mut self, world: &mut World) {
        let request = self.unsigned(ALLOCATE, &[(wire::REQUESTED_TRANSPORT, &[17, 0, 0, 0])]);
        world.client_sends(self.client, &request);
        let answer = world.answer().expect("it is answered");
        assert_eq!((answer.code, answer.is_signed), (401, false));
        self.nonce = answer.nonce.expect("a nonce");
    }

    pub(super) fn begin(&mut self, method: Method) -> MessageWriteVec {
        self.transaction += 1;
        let transaction = TransactionId::from(self.transaction);
        let kind = MessageType::from_class_method(MessageClass::Request, method);
        Message::builder(kind, transaction, MessageWriteVec::new())
    }

    pub(super) fn unsigned(&mut self, method: Method, values: &Values<'_>) -> Vec<u8> {
        let mut written = self.begin(method);
        push_all(&mut written, values);
        written.finish()
    }

    pub(super) fn signed(&mut self, method: Method, values: &Values<'_>) -> Vec<u8> {
        let mut written = self.begin(method);
        push_all(&mut written, values);
        push_all(
            &mut written,
            &[
                (Username::TYPE, self.name.as_bytes()),
                (wire::REALM, REALM.as_bytes()),
                (wire::NONCE, &self.nonce),
            ],
        );
        let key =
            LongTermKeyCredentials::new(self.name.clone(), self.password.clone(), REALM.to_owned());
        written.add_message_integrity(&key.into(), IntegrityAlgorithm::Sha1).unwrap();
        written.finish()
    }

    pub(super) fn ask(
        &mut self,
        world: &mut World,
        method: Method,
        values: &Values<'_>,
    ) -> Answered {
        let request = self.signed(method, values);
        world.client_sends(self.client, &request);
        world.answer().expect("it is answered")
    }

    pub(super) fn peer(&self, peer: SocketAddr) -> Vec<u8> {
        let transaction = TransactionId::from(self.transaction + 1);
        let value = XorPeerAddress::new(peer, transaction);
        stun_types::attribute::AttributeWrite::to_raw(&value).value.to_vec()
    }

    pub(super) fn permit(&mut self, world: &mut World, peer: SocketAddr) -> u16 {
        let value = self.peer(peer);
        let values: &Values<'_> = &[(wire::XOR_PEER_ADDRESS, &value)];
        self.ask(world, turn_types::message::CREATE_PERMISSION, values).code
    }

    pub(super) fn bind(&mut self, world: &mut World, number: u16, peer: SocketAddr) -> u16 {
        let value = self.peer(peer);
        let number = [(number >> 8) as u8, number as u8, 0, 0];
        let values: &Values<'_> =
            &[(wire::CHANNEL_NUMBER, &number), (wire::XOR_PEER_ADDRESS, &value)];
        self.ask(world, turn_types::message::CHANNEL_BIND, values).code
    }

    pub(super) fn send_indication(&mut self, peer: SocketAddr, payload: &[u8]) -> Vec<u8> {
        let value = self.peer(peer);
        self.transaction += 1;
        let kind =
            MessageType::from_class_method(MessageClass::Indication, turn_types::message::SEND);
        let transaction = TransactionId::from(self.transaction);
        let mut written = Message::builder(kind, transaction, MessageWriteVec::new());
        push_all(&mut written, &[(wire::XOR_PEER_ADDRESS, &value), (wire::DATA, payload)]);
        written.finish()
    }
}

pub(super) type Values<'a> = [(AttributeType, &'a [u8])];

fn push_all(written: &mut MessageWriteVec, values: &Values<'_>) {
    for (kind, value) in values {
        written.push_attribute_unchecked(&RawAttribute::new(*kind, value));
    }
}
