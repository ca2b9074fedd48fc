//! Messages of STUN and two agents of ICE between which they pass: bytes, authentic messages with
//! any attributes, answers to what was asked, damage, candidates, restarts, time. Nothing panics,
//! nothing outgrows its limit, and nobody is flooded.
#![no_main]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lapwing_engine::ice::{
    Agent, AgentConfig, CarriedAttribute, Credentials, LocalCandidate, Output, Remote,
};
use lapwing_engine::{CandidateKind, IceCandidate, Protocol, Transmit};
use libfuzzer_sys::fuzz_target;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use stun_types::attribute::{AttributeType, RawAttribute};
use stun_types::message::{
    BINDING, IntegrityAlgorithm, Message, MessageClass, MessageHeader, MessageIntegrityCredentials,
    MessageType, MessageWriteVec, ShortTermCredentials, TransactionId,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};

use self::script::Script;

#[expect(dead_code, reason = "shared with targets that use more of it")]
mod script;

const STEPS_MAX: usize = 256;
const UNDER_WAY_MAX: usize = 64;
const CANDIDATES_MAX: usize = 256 + 64 + 1;
const PAIRS_MAX: usize = 100;
const OUTPUTS_MAX: usize = 1024;

/// Wake-ups at one instant: every check that there may be, with room.
const WAKES_AT_ONCE_MAX: usize = 1024;

/// Kinds that signing writes itself.
const SIGNATURES: [u16; 3] = [0x0008, 0x001c, 0x8028];

/// Kinds that mean something to ICE, so that they are met often.
const KINDS: [u16; 12] = [
    0x0001, 0x0006, 0x0009, 0x0020, 0x0024, 0x0025, 0x8029, 0x802a, 0xc001, 0xc057, 0xc070, 0x0014,
];

fuzz_target!(|bytes: &[u8]| {
    let mut script = Script::new(bytes);
    let mut play = Play::new(script.byte());
    script.play(STEPS_MAX, |script| play.step(script));
    play.look();
});

struct End {
    agent: Agent,
    at: SocketAddr,
    /// On their way to this end.
    inbox: VecDeque<Transmit>,
    /// Transactions of its own checks, the last first.
    asked: VecDeque<TransactionId>,
    generation: u64,
}

struct Play {
    now: Instant,
    ends: [End; 2],
}

fn credentials(number: usize, generation: u64) -> Credentials {
    Credentials::new(
        format!("uf{number}g{generation}"),
        format!("password-of-24-chars-{generation:03}"),
    )
}

fn candidate(at: SocketAddr, priority: u32) -> IceCandidate {
    let line = format!("candidate:1 1 udp {priority} {} {} typ host", at.ip(), at.port());
    IceCandidate::parse(&line).expect("a host candidate")
}

fn address(number: u8) -> SocketAddr {
    match number % 8 {
        7 => SocketAddr::from(([0xfe80, 0, 0, 0, 0, 0, 0, 1], 5000 + u16::from(number))),
        6 => SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 5000 + u16::from(number))),
        _ => SocketAddr::from(([192, 0, 2, number], 5000)),
    }
}

impl Play {
    fn new(config: u8) -> Self {
        let now = Instant::now();
        let ends = [0, 1].map(|number: usize| {
            let rng = ChaCha20Rng::seed_from_u64(number as u64);
            let lite = number == 1 && config & 3 == 3;
            let setup = AgentConfig { lite, ..AgentConfig::new(rng) };
            let at = address(number as u8 + 1);
            let mut agent = Agent::new(setup, credentials(number, 0), now);
            let local = LocalCandidate::new(candidate(at, 2_130_706_431)).expect("an address");
            agent.add_local(local, now).expect("the first");
            End { agent, at, inbox: VecDeque::new(), asked: VecDeque::new(), generation: 0 }
        });
        let mut play = Play { now, ends };
        if config & 4 == 0 {
            play.agree(0, config & 8 == 0);
            play.agree(1, config & 16 != 0);
        }
        play
    }

    fn agree(&mut self, who: usize, controlling: bool) {
        let theirs = credentials(1 - who, self.ends[1 - who].generation);
        self.ends[who].agent.set_remote(Remote::new(theirs), controlling, self.now);
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let head = script.byte();
        let (who, other) = (usize::from(head >> 7), head & 0x40 != 0);
        match head & 0x0f {
            0..=2 => self.deliver(who, other, script),
            3 => self.bytes(who, script),
            4..=6 => self.authentic(who, other, script),
            7 => self.answer(who, other, script),
            8 => self.remote(who, script),
            9 => self.local(who, other, script),
            10 => self.restart(who, other, script),
            11 => self.agree(who, other),
            12 => self.traffic(who, script),
            13 => self.carry(who, script),
            _ => self.pass(script),
        }
        self.drain();
    }

    fn drain(&mut self) {
        for who in [0, 1] {
            let mut count = 0;
            while let Some(output) = self.ends[who].agent.poll() {
                count += 1;
                let Output::Transmit(transmit) = output else { continue };
                let header = MessageHeader::from_bytes(&transmit.contents).expect("STUN");
                if header.get_type().class() == MessageClass::Request {
                    self.ends[who].asked.push_front(header.transaction_id());
                    self.ends[who].asked.truncate(UNDER_WAY_MAX);
                }
                let inbox = &mut self.ends[1 - who].inbox;
                if inbox.len() < UNDER_WAY_MAX {
                    inbox.push_back(transmit);
                }
            }
            assert!(count <= OUTPUTS_MAX);
        }
    }

    /// What was sent arrives, whole or damaged.
    fn deliver(&mut self, who: usize, damage: bool, script: &mut Script<'_>) {
        let Some(mut transmit) = self.ends[who].inbox.pop_front() else { return };
        if damage {
            let (place, value) = (usize::from(script.byte()), script.byte());
            if let Some(byte) = transmit.contents.get_mut(place) {
                *byte ^= value;
            }
        }
        let Transmit { source, destination, protocol, contents, .. } = transmit;
        self.ends[who].agent.handle_stun(&contents, source, destination, protocol, self.now);
    }

    fn bytes(&mut self, who: usize, script: &mut Script<'_>) {
        let from = address(script.byte());
        let contents: Vec<u8> = (0..script.byte()).map(|_| script.byte()).collect();
        let end = &mut self.ends[who];
        end.agent.handle_stun(&contents, from, end.at, Protocol::Udp, self.now);
    }

    /// A request or an answer that is signed as it should be, with any attributes.
    fn authentic(&mut self, who: usize, answers: bool, script: &mut Script<'_>) {
        let (from, count) = (address(script.byte()), script.byte() % 8);
        let (class, transaction) = match answers {
            false => (MessageClass::Request, u128::from(script.byte()).into()),
            true => {
                let class = script.byte() & 1 == 0;
                let count = self.ends[who].asked.len();
                let Some(asked) = self.ends[who].asked.get(script.below(count)) else { return };
                (if class { MessageClass::Success } else { MessageClass::Error }, *asked)
            }
        };
        let kind = MessageType::from_class_method(class, BINDING);
        let mut message = Message::builder(kind, transaction, MessageWriteVec::new());
        let (ours, theirs) = (self.ends[who].generation, self.ends[1 - who].generation);
        if !answers && script.byte() & 7 != 7 {
            let name = format!("uf{who}g{ours}:uf{}g{theirs}", 1 - who);
            let _ =
                message.add_attribute(&RawAttribute::new(AttributeType::new(6), name.as_bytes()));
        }
        for _ in 0..count {
            let (kind, size) = (script.byte(), script.byte());
            let kind = match kind & 0x80 {
                0 => KINDS[usize::from(kind) % KINDS.len()],
                _ => u16::from(kind) << 8 | u16::from(script.byte()),
            };
            let value: Vec<u8> = (0..size % 40).map(|_| script.byte()).collect();
            if !SIGNATURES.contains(&kind) {
                let raw = RawAttribute::new(AttributeType::new(kind), &value);
                let _ = message.add_attribute(&raw);
            }
        }
        // Requests are signed with the receiver's password, answers with the sender's.
        let password = credentials(0, if answers { theirs } else { ours });
        let signer = ShortTermCredentials::new(password.password().to_owned());
        let signer = MessageIntegrityCredentials::ShortTerm(signer);
        message.add_message_integrity(&signer, IntegrityAlgorithm::Sha1).expect("none is there");
        message.add_fingerprint().expect("none is there");
        let contents = message.finish();
        let end = &mut self.ends[who];
        end.agent.handle_stun(&contents, from, end.at, Protocol::Udp, self.now);
    }

    /// A good answer to a check, from anywhere.
    fn answer(&mut self, who: usize, right: bool, script: &mut Script<'_>) {
        let Some(transaction) = self.ends[who].asked.pop_front() else { return };
        let from = if right { self.ends[1 - who].at } else { address(script.byte()) };
        let kind = MessageType::from_class_method(MessageClass::Success, BINDING);
        let mut message = Message::builder(kind, transaction, MessageWriteVec::new());
        let mapped = address(script.byte());
        let mapped = stun_types::attribute::XorMappedAddress::new(mapped, transaction);
        message.add_attribute(&mapped).expect("none is there");
        let theirs = credentials(1 - who, self.ends[1 - who].generation);
        let signer = ShortTermCredentials::new(theirs.password().to_owned());
        let signer = MessageIntegrityCredentials::ShortTerm(signer);
        message.add_message_integrity(&signer, IntegrityAlgorithm::Sha1).expect("none is there");
        let contents = message.finish();
        let end = &mut self.ends[who];
        end.agent.handle_stun(&contents, from, end.at, Protocol::Udp, self.now);
    }

    fn remote(&mut self, who: usize, script: &mut Script<'_>) {
        let (at, priority) = (address(script.byte()), u32::from(script.byte()) << 20 | 1);
        let mut one = candidate(at, priority);
        match script.byte() & 7 {
            6 => one.kind = CandidateKind::Relayed,
            7 => {
                one.protocol = Protocol::Tcp;
                one.tcp_type = Some("passive".to_owned());
            }
            _ => {}
        }
        let _ = self.ends[who].agent.add_remote(&one, self.now);
    }

    fn local(&mut self, who: usize, remove: bool, script: &mut Script<'_>) {
        let at = address(script.byte());
        if remove {
            self.ends[who].agent.remove_local(at, Protocol::Udp, self.now);
        } else if let Some(local) = LocalCandidate::new(candidate(at, 0)) {
            self.ends[who].agent.add_local(local, self.now);
        }
    }

    fn restart(&mut self, who: usize, both: bool, script: &mut Script<'_>) {
        let choice = script.byte();
        let next = self.ends[who].generation + 1;
        let ours = credentials(who, next);
        match choice & 3 {
            0 => self.ends[who].agent.expect_credentials(ours),
            1 => self.ends[who].agent.forget_credentials(),
            _ => {
                self.ends[who].generation = next;
                let theirs = Remote {
                    renomination: choice & 8 != 0,
                    ..Remote::new(credentials(1 - who, self.ends[1 - who].generation))
                };
                self.ends[who].agent.restart(ours, theirs, choice & 4 != 0, self.now);
            }
        }
        if both {
            let theirs = credentials(who, self.ends[who].generation);
            let other = &mut self.ends[1 - who];
            let own = other.agent.local_credentials().clone();
            other.agent.restart(own, Remote::new(theirs), choice & 4 == 0, self.now);
        }
    }

    fn traffic(&mut self, who: usize, script: &mut Script<'_>) {
        let (now, agent) = (self.now, &mut self.ends[who].agent);
        assert!(!agent.may_send(now) || agent.selected().is_some());
        let from = address(script.byte());
        let at = self.ends[who].at;
        let agent = &mut self.ends[who].agent;
        agent.count_received(from, at, 100, now);
        if agent.is_authentic_path(from, at) {
            agent.note_received(from, at, now);
        }
    }

    fn carry(&mut self, who: usize, script: &mut Script<'_>) {
        let value = vec![7; usize::from(script.byte())];
        let attributes = vec![CarriedAttribute { kind: 0xc070, value }];
        self.ends[who].agent.carry(attributes, &[0xc070, 0xc071]);
    }

    fn pass(&mut self, script: &mut Script<'_>) {
        self.now += Duration::from_millis(u64::from(script.byte()) * 40);
        for end in &mut self.ends {
            let mut wakes = 0;
            end.agent.handle_timeout(self.now);
            while end.agent.next_timeout().is_some_and(|at| at <= self.now) {
                end.agent.handle_timeout(self.now);
                wakes += 1;
                assert!(wakes < WAKES_AT_ONCE_MAX, "it wants to be woken forever");
            }
        }
    }

    /// Limits hold, and whoever did not answer was not flooded.
    fn look(&self) {
        for end in &self.ends {
            assert!(end.agent.pairs().len() <= PAIRS_MAX);
            let remotes = end.agent.remote_candidates();
            assert!(remotes.len() <= CANDIDATES_MAX);
            assert!(end.agent.local_candidates().len() <= 64);
            for pair in end.agent.pairs() {
                assert_eq!(end.agent.pair(pair.id).as_ref(), Some(&pair));
            }
        }
    }
}
