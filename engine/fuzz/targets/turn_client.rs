//! A client of a relay, with a server and peers that answer, or without them: messages are lost,
//! changed and made up, time passes, peers are sent to. Nothing panics, every wait ends, and a
//! client says once what became of its allocation.
#![no_main]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lapwing_engine::Protocol;
use lapwing_engine::turn::client::{Received, RelayClient, RelayEvent};
use lapwing_engine::turn::server::{
    Client, Family, Forward, Listener, ListenerId, Route, TurnInput, TurnOutput, TurnServer,
    TurnServerConfig, Users,
};
use libfuzzer_sys::fuzz_target;

use self::script::Script;

#[expect(dead_code, reason = "shared with targets that use more of it")]
mod script;

const STEPS_MAX: usize = 300;

/// Messages that pass at one time.
const MESSAGES_MAX: usize = 10_000;

/// Bytes that wrap a payload: a Send indication, or the header of channel data.
const WRAPPING_MAX: usize = 64;

/// How long the play is starved at its end: longer than any allocation lasts.
const STARVED: Duration = Duration::from_secs(100_000);

fuzz_target!(|bytes: &[u8]| {
    let mut script = Script::new(bytes);
    let mut play = Play::new(script.byte() & 1 == 1);
    script.play(STEPS_MAX, |script| {
        play.step(script);
        play.look();
    });
    play.starve();
});

struct Play {
    client: RelayClient,
    server: TurnServer,
    now: Instant,
    /// Bytes for the client.
    inbox: Vec<Vec<u8>>,
    events: Vec<RelayEvent>,
    /// The play gave the allocation up.
    closed: bool,
}

impl Play {
    fn new(reliable: bool) -> Self {
        let now = Instant::now();
        let mut config = TurnServerConfig::new([7; 32], Duration::ZERO, "fuzz");
        config.users = Users::default().with_user("ada", "secret");
        let local = SocketAddr::from(([192, 0, 2, 1], 3478));
        config.listeners.push(Listener::new(local, Protocol::Udp));
        Play {
            client: RelayClient::seeded([1; 32], "ada", "secret", reliable, now),
            server: TurnServer::new(config, now),
            now,
            inbox: Vec::new(),
            events: Vec::new(),
            closed: false,
        }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        match script.byte() % 8 {
            0 | 1 => self.carry(false, None),
            2 => self.carry(false, Some((script.byte(), script.byte()))),
            3 => self.carry(true, None),
            4 => {
                let bytes: Vec<u8> = (0..script.byte()).map(|_| script.byte()).collect();
                self.receive(&bytes);
            }
            5 => {
                let (a, b) = (script.byte(), script.byte());
                let peer = SocketAddr::from(([203, 0, 113, a], 1 + u16::from(b)));
                let wrapped = self.client.send(peer, vec![b; usize::from(a)], self.now);
                if let Some(bytes) = wrapped {
                    assert!(bytes.len() <= usize::from(a) + WRAPPING_MAX);
                    self.to_server(&bytes);
                }
            }
            6 => {
                let (a, b) = (script.byte(), script.byte());
                self.pass(Duration::from_millis(u64::from(a) << (b % 16)));
            }
            _ if script.byte() < 8 => {
                self.client.close(self.now);
                self.closed = true;
            }
            _ => self.client.look_again(self.now),
        }
    }

    fn to_server(&mut self, contents: &[u8]) {
        let address = SocketAddr::from(([198, 51, 100, 7], 4000));
        let client = Client { listener: ListenerId(0), address };
        let input = TurnInput::Client { client, contents };
        let forward = self.server.handle_input(input, self.now);
        // A peer sends back what it gets.
        if let Some(Forward { route: Route::Peer { relay, peer }, payload, .. }) = forward {
            let input = TurnInput::Peer { relay, peer, contents: payload };
            if let Some(back) = self.server.handle_input(input, self.now) {
                let mut contents = Vec::new();
                back.write(&mut contents);
                self.inbox.push(contents);
            }
        }
        for _ in 0..MESSAGES_MAX {
            match self.server.poll_output() {
                TurnOutput::Transmit { contents, .. } => self.inbox.push(contents),
                TurnOutput::OpenRelay { relay, family, .. } => {
                    let address = match family {
                        Family::V4 => SocketAddr::from(([192, 0, 2, 1], 50_000)),
                        Family::V6 => SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 50_000)),
                    };
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
        let changed = |mut bytes: Vec<u8>| {
            if let Some((place, value)) = change.filter(|_| !bytes.is_empty()) {
                let place = usize::from(place) % bytes.len();
                bytes[place] ^= value;
            }
            bytes
        };
        let mut count = 0;
        while let Some(bytes) = self.client.poll_transmit() {
            count += 1;
            assert!(count < MESSAGES_MAX, "it sends without end");
            if !lost {
                self.to_server(&changed(bytes));
            }
        }
        for bytes in std::mem::take(&mut self.inbox) {
            self.receive(&changed(bytes));
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        if let Received::Peer { relayed, contents, .. } = self.client.receive(bytes, self.now) {
            assert!(contents.len() <= bytes.len());
            assert!(self.client.relayed().contains(&relayed));
        }
        self.hear();
    }

    fn hear(&mut self) {
        self.events.extend(std::iter::from_fn(|| self.client.poll_event()));
    }

    fn pass(&mut self, span: Duration) {
        self.now += span;
        self.client.timeout(self.now);
        self.hear();
        assert!(self.client.next_timeout().is_none_or(|at| at > self.now), "it wakes at once");
        self.server.handle_input(TurnInput::Timeout, self.now);
    }

    fn look(&self) {
        match &self.events[..] {
            [] => assert!(self.closed || !self.client.is_over(), "it ended and does not say so"),
            [RelayEvent::Failed(_)] => assert!(self.client.is_over()),
            [RelayEvent::Allocated { .. }] => assert!(self.closed || !self.client.is_over()),
            [RelayEvent::Allocated { .. }, RelayEvent::Lost(_)] => assert!(self.client.is_over()),
            other => panic!("{other:?}"),
        }
        assert!(self.client.relayed().len() <= 2);
    }

    /// Nobody answers any more: it ends, and says so.
    fn starve(&mut self) {
        let end = self.now + STARVED;
        for _ in 0..MESSAGES_MAX {
            while self.client.poll_transmit().is_some() {}
            let Some(at) = self.client.next_timeout().filter(|at| *at < end) else { break };
            self.pass(at.saturating_duration_since(self.now));
            self.look();
        }
        assert!(self.client.is_over(), "a wait without end: {:?}", self.events);
    }
}
