//! A client of a relay, with a server or without one: messages are lost, changed and made up, time
//! passes, peers are sent to. Nothing panics, every wait ends, and a client says once what became
//! of its allocation.
#![no_main]

use std::time::{Duration, Instant};

use lapwing_engine::Protocol;
use lapwing_engine::turn::client::{CHANNELS_MAX, Received, RelayClient, RelayEvent};
use lapwing_engine::turn::server::{
    Client, Listener, ListenerId, Route, TurnInput, TurnOutput, TurnServer, TurnServerConfig, Users,
};
use libfuzzer_sys::fuzz_target;

/// Steps of one play.
const STEPS_MAX: usize = 300;

/// Messages that pass at one time.
const MESSAGES_MAX: usize = 10_000;

struct World {
    client: RelayClient,
    server: TurnServer,
    now: Instant,
    /// Bytes for the client.
    inbox: Vec<Vec<u8>>,
    events: Vec<RelayEvent>,
}

const ADDRESS: &str = "198.51.100.7:4000";

impl World {
    fn new(reliable: bool) -> World {
        let now = Instant::now();
        let mut config = TurnServerConfig::new([7; 32], Duration::ZERO, "fuzz");
        config.users = Users::default().with_user("ada", "secret");
        let local = "192.0.2.1:3478".parse().expect("an address");
        config.listeners.push(Listener::new(local, Protocol::Udp));
        World {
            client: RelayClient::seeded([1; 32], "ada", "secret", reliable, now),
            server: TurnServer::new(config, now),
            now,
            inbox: Vec::new(),
            events: Vec::new(),
        }
    }

    fn to_server(&mut self, bytes: &[u8]) {
        let address = ADDRESS.parse().expect("an address");
        let client = Client { listener: ListenerId(0), address };
        let input = TurnInput::Client { client, contents: bytes };
        if let Some(forward) = self.server.handle_input(input, self.now)
            && let Route::Client(_) = forward.route
        {
            let mut contents = Vec::new();
            forward.write(&mut contents);
            self.inbox.push(contents);
        }
        for _ in 0..MESSAGES_MAX {
            match self.server.poll_output() {
                TurnOutput::Transmit { contents, .. } => self.inbox.push(contents),
                TurnOutput::OpenRelay { relay, .. } => {
                    let address = "192.0.2.1:50000".parse().expect("an address");
                    let input = TurnInput::RelayOpened { relay, address };
                    self.server.handle_input(input, self.now);
                }
                TurnOutput::CloseRelay { .. } => {}
                TurnOutput::Timeout { .. } => return,
            }
        }
        panic!("the server does not come to rest");
    }

    /// What the client wants sent, as it is or with a byte changed; none at all where `lost`.
    fn carry(&mut self, lost: bool, change: Option<(u8, u8)>) {
        let mut count = 0;
        while let Some(mut bytes) = self.client.poll_transmit() {
            count += 1;
            assert!(count < MESSAGES_MAX, "it sends without end");
            if let Some((place, value)) = change {
                let place = usize::from(place) % bytes.len();
                bytes[place] ^= value;
            }
            if !lost {
                self.to_server(&bytes);
            }
        }
        for mut bytes in std::mem::take(&mut self.inbox) {
            if let Some((place, value)) = change.filter(|_| !bytes.is_empty()) {
                let place = usize::from(place) % bytes.len();
                bytes[place] ^= value;
            }
            self.receive(&bytes);
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        if let Received::Peer { contents, .. } = self.client.receive(bytes, self.now) {
            assert!(contents.len() <= bytes.len());
        }
        self.events.extend(std::iter::from_fn(|| self.client.poll_event()));
    }

    fn pass(&mut self, span: Duration) {
        self.now += span;
        self.client.timeout(self.now);
        self.events.extend(std::iter::from_fn(|| self.client.poll_event()));
        assert!(self.client.next_timeout().is_none_or(|at| at > self.now), "it wakes at once");
        self.server.handle_input(TurnInput::Timeout, self.now);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&[first], mut rest)) = bytes.split_first_chunk() else { return };
    let mut world = World::new(first & 1 == 1);
    for _ in 0..STEPS_MAX {
        let Some((&[op, a, b], after)) = rest.split_first_chunk() else { break };
        rest = after;
        match op % 8 {
            0 | 1 => world.carry(false, None),
            2 => world.carry(false, Some((a, b))),
            3 => world.carry(true, None),
            4 => {
                let (taken, after) = rest.split_at(usize::from(a).min(rest.len()));
                rest = after;
                world.receive(taken);
            }
            5 => {
                let peer = std::net::SocketAddr::from(([203, 0, 113, a], 1 + u16::from(b)));
                let wrapped = world.client.send(peer, vec![b; usize::from(a)], world.now);
                assert!(wrapped.is_none_or(|bytes| bytes.len() <= usize::from(a) + 64));
            }
            6 => world.pass(Duration::from_millis(u64::from(a) << (b % 16))),
            _ if a < 8 => world.client.close(world.now),
            _ => world.client.look_again(world.now),
        }
        let said = world.events.len();
        assert!(said <= 2, "{:?}", world.events);
        assert!(world.client.relayed().len() <= 2 && CHANNELS_MAX < 4_096);
    }
});
