//! A peer that is played by hand: it writes single checks, and answers those of the agent.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::message::{Message, MessageClass};

use super::world::{address, config, credentials, host, origin};
use crate::datagram::{Protocol, Transmit};
use crate::ice::message::{self, Outgoing, RoleClaim};
use crate::ice::{Agent, AgentConfig, Credentials, Handled, LocalCandidate, Output, Remote};

pub(super) const OURS: &str = "192.0.2.1:5000";
pub(super) const THEIRS: &str = "192.0.2.2:6000";

/// An agent and the peer.
pub(super) struct Stage {
    pub(super) agent: Agent,
    pub(super) now: Instant,
    pub(super) outputs: Vec<Output>,
    ours: Credentials,
    theirs: Credentials,
    transaction: u128,
}

/// What a check of the peer's says.
#[derive(Clone, Copy)]
pub(super) struct Says {
    pub(super) controlling: bool,
    pub(super) tie_breaker: u64,
    pub(super) use_candidate: bool,
    pub(super) nomination: Option<u32>,
    pub(super) priority: u32,
    pub(super) network: Option<(u16, u16)>,
}

impl Says {
    pub(super) fn controlling() -> Self {
        Says {
            controlling: true,
            tie_breaker: 1,
            use_candidate: false,
            nomination: None,
            priority: 1_845_501_695,
            network: None,
        }
    }

    pub(super) fn nominating() -> Self {
        Says { use_candidate: true, ..Says::controlling() }
    }

    pub(super) fn controlled() -> Self {
        Says { controlling: false, ..Says::controlling() }
    }
}

impl Stage {
    /// Our agent, with one host, knows the peer's credentials.
    pub(super) fn new(controlling: bool) -> Self {
        let mut stage = Stage::before_remote(config(1));
        stage.agent.set_remote(Remote::new(credentials(2)), controlling, stage.now);
        stage
    }

    pub(super) fn before_remote(config: AgentConfig) -> Self {
        let mut agent = Agent::new(config, credentials(1), origin());
        agent.add_local(LocalCandidate::new(host(address(OURS))).unwrap(), origin()).unwrap();
        Stage {
            agent,
            now: origin(),
            outputs: Vec::new(),
            ours: credentials(1),
            theirs: credentials(2),
            transaction: 1,
        }
    }

    /// The peer writes with, and expects, these from now on.
    pub(super) fn renew(&mut self, ours: Credentials, theirs: Credentials) {
        (self.ours, self.theirs) = (ours, theirs);
    }

    pub(super) fn add_remote(&mut self, at: &str) {
        let mut candidate = host(address(at));
        candidate.priority = 2_130_706_431;
        candidate.foundation = "1".into();
        self.agent.add_remote(&candidate, self.now).unwrap();
    }

    pub(super) fn check(&mut self, says: Says) -> Vec<u8> {
        self.transaction += 1;
        message::write_request(&Outgoing {
            transaction: self.transaction.into(),
            to_ufrag: self.ours.ufrag(),
            from_ufrag: self.theirs.ufrag(),
            key: self.ours.key(),
            priority: says.priority,
            role: RoleClaim { controlling: says.controlling, tie_breaker: says.tie_breaker },
            use_candidate: says.use_candidate,
            nomination: says.nomination,
            network: says.network,
            carried: &[],
        })
    }

    pub(super) fn deliver(&mut self, contents: &[u8], source: &str) -> Handled {
        let (source, ours) = (address(source), address(OURS));
        self.agent.handle_stun(contents, source, ours, Protocol::Udp, self.now)
    }

    /// A check of the peer's comes.
    pub(super) fn receive(&mut self, says: Says, source: &str) -> Handled {
        let check = self.check(says);
        self.deliver(&check, source)
    }

    /// What is sent; everything else is kept.
    pub(super) fn sent(&mut self) -> Vec<Transmit> {
        let mut sent = Vec::new();
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Transmit(transmit) => sent.push(transmit),
                other => self.outputs.push(other),
            }
        }
        sent
    }

    /// Checks that are sent, answers left out.
    pub(super) fn checks(&mut self) -> Vec<Transmit> {
        let is_check = |sent: &Transmit| {
            let message = Message::from_bytes(&sent.contents).unwrap();
            message.has_class(MessageClass::Request)
        };
        self.sent().into_iter().filter(is_check).collect()
    }

    pub(super) fn wait(&mut self, time: Duration) {
        self.now += time;
        self.agent.handle_timeout(self.now);
    }

    /// The next check that the agent sends, within a second.
    pub(super) fn next_check(&mut self) -> Transmit {
        for _ in 0..100 {
            if let Some(check) = self.checks().into_iter().next() {
                return check;
            }
            self.wait(Duration::from_millis(10));
        }
        panic!("no check within a second");
    }

    pub(super) fn answer_from(&mut self, check: &Transmit, mapped: SocketAddr) -> Handled {
        let message = Message::from_bytes(&check.contents).unwrap();
        let transaction = message.transaction_id();
        let answer = message::write_success(transaction, mapped, &[], self.theirs.key());
        let (source, ours) = (check.destination, check.source);
        self.agent.handle_stun(&answer, source, ours, Protocol::Udp, self.now)
    }

    /// The peer answers a check, which it saw come from where it was sent.
    pub(super) fn answer(&mut self, check: &Transmit) -> Handled {
        self.answer_from(check, check.source)
    }

    /// Answers everything for some time.
    pub(super) fn answer_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            for check in self.checks() {
                self.answer(&check);
            }
            self.wait(Duration::from_millis(10));
        }
    }
}
