//! A TURN server among clients that are authentic and say anything: requests with any attributes,
//! bytes, channel data, damage, peers, sockets that fail, connections that end, time. Nothing
//! panics, nothing outgrows its limit, and what a client may not do does not happen.
#![no_main]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lapwing_engine::Protocol;
use lapwing_engine::turn::server::{
    Client, Family, Listener, ListenerId, RelayFamilies, RelayFault, RelayId, Route, TurnInput,
    TurnOutput, TurnServer, TurnServerConfig, Users,
};
use libfuzzer_sys::fuzz_target;
use stun_types::attribute::{AttributeType, RawAttribute};
use stun_types::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass, MessageType,
    MessageWriteVec, Method, TransactionId,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};

use self::script::Script;

#[expect(dead_code, reason = "shared with targets that use more of it")]
mod script;

const STEPS_MAX: usize = 256;
const ALLOCATIONS_MAX: usize = 5;
const OUTPUTS_MAX: usize = 64;
const REALM: &str = "example.org";

/// Kinds that mean something to the server, so that they are met often.
const KINDS: [u16; 16] = [
    0x0003, 0x0006, 0x000c, 0x000d, 0x0012, 0x0012, 0x0013, 0x0017, 0x0018, 0x0019, 0x001a, 0x0022,
    0x8000, 0x0014, 0x7fff, 0xc001,
];
const METHODS: [u16; 8] = [1, 3, 3, 4, 6, 8, 9, 10];
const REQUESTED_TRANSPORT: AttributeType = AttributeType::new(0x0019);
const XOR_PEER_ADDRESS: AttributeType = AttributeType::new(0x0012);

fuzz_target!(|bytes: &[u8]| {
    let mut script = Script::new(bytes);
    let mut play = Play::new(script.byte());
    script.play(STEPS_MAX, |script| play.step(script));
    play.look();
});

struct Play {
    server: TurnServer,
    now: Instant,
    relays: BTreeMap<RelayId, SocketAddr>,
    nonces: BTreeMap<Client, Vec<u8>>,
    transaction: u128,
    fails: bool,
    port: u16,
}

fn client(choice: u8) -> Client {
    let address = SocketAddr::from(([198, 51, 100, choice & 7], 4000));
    Client { listener: ListenerId(u16::from(choice >> 3 & 3)), address }
}

fn peer(choice: u8) -> SocketAddr {
    match choice & 7 {
        0 => SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 9], 9)),
        1 => SocketAddr::from(([127, 0, 0, 1], 9)),
        2 => SocketAddr::from(([192, 0, 2, 1], 3478)),
        _ => SocketAddr::from(([203, 0, 113, choice >> 4], u16::from(choice & 3))),
    }
}

impl Play {
    fn new(choice: u8) -> Self {
        let now = Instant::now();
        let mut config = TurnServerConfig::new([choice; 32], Duration::from_secs(1_000), REALM);
        let local = SocketAddr::from(([192, 0, 2, 1], 3478));
        config.listeners = [Protocol::Udp, Protocol::Tcp, Protocol::Tls]
            .map(|protocol| Listener::new(local, protocol))
            .to_vec();
        config.users =
            Users::default().with_user("a", "b").with_user("c", "d").with_secret("secret");
        config.families = [RelayFamilies::Both, RelayFamilies::V4][usize::from(choice & 1)];
        config.limits.allocations = ALLOCATIONS_MAX;
        config.limits.allocations_per_user = 3;
        config.limits.permissions = 4;
        config.limits.channels = 3;
        Play {
            server: TurnServer::new(config, now),
            now,
            relays: BTreeMap::new(),
            nonces: BTreeMap::new(),
            transaction: 0,
            fails: false,
            port: 50_000,
        }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let (head, who) = (script.byte(), client(script.byte()));
        match head % 8 {
            0 => {
                let contents: Vec<u8> = (0..script.byte() & 63).map(|_| script.byte()).collect();
                self.from_client(who, &contents);
            }
            1 => {
                let contents = [0x40, script.byte() & 7, 0, 3, 1, 2, 3, 0];
                self.from_client(who, &contents[..4 + script.below(5)]);
            }
            2 => {
                let (from, index) = (peer(script.byte()), script.byte());
                let count = self.relays.len().max(1);
                if let Some((&relay, _)) = self.relays.iter().nth(usize::from(index) % count) {
                    let input = TurnInput::Peer { relay, peer: from, contents: &[7; 5] };
                    self.input(input);
                }
            }
            3 => {
                self.now += Duration::from_secs(u64::from(script.byte()) * 8);
                self.input(TurnInput::Timeout);
            }
            4 => self.fails = head & 8 != 0,
            5 => self.input(TurnInput::ClientClosed(who)),
            _ => {
                let contents = self.message(who, head >> 3, script);
                self.from_client(who, &contents);
            }
        }
        assert!(self.server.allocations() <= ALLOCATIONS_MAX);
        assert!(self.relays.len() <= 2 * ALLOCATIONS_MAX);
    }

    fn message(&mut self, who: Client, head: u8, script: &mut Script<'_>) -> Vec<u8> {
        if head & 1 == 0 {
            self.transaction += 1;
        }
        let transaction = TransactionId::from(self.transaction);
        let method = Method::new(METHODS[script.below(METHODS.len())]);
        let class =
            if method.value() == 6 { MessageClass::Indication } else { MessageClass::Request };
        let kind = MessageType::from_class_method(class, method);
        let mut written = Message::builder(kind, transaction, MessageWriteVec::new());
        if method.value() == 3 && head & 2 == 0 {
            written
                .push_attribute_unchecked(&RawAttribute::new(REQUESTED_TRANSPORT, &[17, 0, 0, 0]));
        }
        for _ in 0..script.below(4) {
            let kind = AttributeType::new(KINDS[script.below(KINDS.len())]);
            if kind == XOR_PEER_ADDRESS {
                let value = hidden(peer(script.byte()), transaction);
                written.push_attribute_unchecked(&RawAttribute::new(kind, &value));
                continue;
            }
            let value: Vec<u8> = (0..script.byte() % 9).map(|_| script.byte()).collect();
            written.push_attribute_unchecked(&RawAttribute::new(kind, &value));
        }
        let signs = head & 12 != 12;
        if signs && class == MessageClass::Request {
            let (name, password) = if head & 16 == 0 { ("a", "b") } else { ("c", "d") };
            let nonce = self.nonces.get(&who).cloned().unwrap_or_default();
            for (kind, value) in
                [(0x0006, name.as_bytes()), (0x0014, REALM.as_bytes()), (0x0015, &nonce)]
            {
                written
                    .push_attribute_unchecked(&RawAttribute::new(AttributeType::new(kind), value));
            }
            let key = LongTermKeyCredentials::new(name.into(), password.into(), REALM.into());
            // One that the attributes above signed already, or ended, is not signed again.
            let _ = written.add_message_integrity(&key.into(), IntegrityAlgorithm::Sha1);
        }
        let mut contents = written.finish();
        if script.byte() & 15 == 15 {
            let (at, with) = (script.byte(), script.byte());
            let at = usize::from(at) % contents.len();
            contents[at] ^= with;
        }
        contents
    }

    fn from_client(&mut self, client: Client, contents: &[u8]) {
        self.input(TurnInput::Client { client, contents });
    }

    fn input(&mut self, input: TurnInput<'_>) {
        if let Some(forward) = self.server.handle_input(input, self.now) {
            assert!(forward.padding < 4 && forward.payload.len() <= 256);
            match forward.route {
                Route::Peer { relay, peer } => {
                    assert!(self.relays.contains_key(&relay), "it is open");
                    assert!(peer.ip() != SocketAddr::from(([127, 0, 0, 1], 9)).ip());
                    assert_ne!(peer, SocketAddr::from(([192, 0, 2, 1], 3478)));
                }
                Route::Client(to) => assert!(self.nonces.contains_key(&to)),
            }
        }
        self.drain();
    }

    fn drain(&mut self) {
        for _ in 0..OUTPUTS_MAX {
            match self.server.poll_output() {
                TurnOutput::Timeout { at } => {
                    assert_eq!(at.is_some(), self.server.allocations() > 0);
                    return;
                }
                TurnOutput::Transmit { client, contents } => self.learn(client, &contents),
                TurnOutput::CloseRelay { relay } => {
                    assert!(self.relays.remove(&relay).is_some(), "it was open");
                }
                TurnOutput::OpenRelay { relay, family, .. } => {
                    self.port += 1;
                    let address = match family {
                        Family::V4 => SocketAddr::from(([203, 0, 113, 1], self.port)),
                        Family::V6 => {
                            SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], self.port))
                        }
                    };
                    let fault = RelayFault::Capacity;
                    let input = if self.fails {
                        TurnInput::RelayFailed { relay, fault }
                    } else {
                        assert!(self.relays.insert(relay, address).is_none(), "a name is new");
                        TurnInput::RelayOpened { relay, address }
                    };
                    self.server.handle_input(input, self.now);
                }
            }
        }
        panic!("outputs do not end");
    }

    fn learn(&mut self, client: Client, contents: &[u8]) {
        let message = Message::from_bytes(contents).expect("what the server says can be read");
        assert!(message.is_response());
        if let Some(nonce) = message.raw_attribute(AttributeType::new(0x0015)) {
            self.nonces.insert(client, nonce.value.to_vec());
        }
    }

    /// All ends by time.
    fn look(&mut self) {
        self.now += Duration::from_secs(4_000);
        self.input(TurnInput::Timeout);
        assert_eq!((self.server.allocations(), self.relays.len()), (0, 0));
    }
}

/// An address as XOR-PEER-ADDRESS has it.
fn hidden(peer: SocketAddr, transaction: TransactionId) -> Vec<u8> {
    let mapped = stun_types::attribute::XorMappedAddress::new(peer, transaction);
    stun_types::prelude::AttributeWrite::to_raw(&mapped).value.to_vec()
}
