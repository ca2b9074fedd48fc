//! What a NAT on the way does, found out from one socket with a server that has two addresses and
//! two ports (RFC 5780).
//!
//! 1. The server is asked for our address, and from where else it answers (OTHER-ADDRESS): test I
//!    of sections 4.3 and 4.4.
//! 2. Filtering, tests II and III of section 4.4, at once: the server is asked to answer from its
//!    other address and port, and from its other port. This comes first: what is sent to the other
//!    address later opens the filter.
//! 3. Mapping, tests II and III of section 4.3: its other address is asked for ours, and where that
//!    is a new one, its other address and port.
//!
//! An answer that stays away means a filter only where the other address answers when it is asked
//! itself; so it is, unless all is known by then.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use stun_types::message::{Message, MessageClass};

use super::fault::ServerFault;
use super::message::{self, Change};
use super::nat::{NatBehaviour, NatFiltering, NatMapping};
use super::received::Received;
use super::transactions::{Due, Transactions};
use crate::entropy::Draws;

#[cfg(test)]
mod tests;

/// How often each request goes out: after 250 ms, .75, 1.75 and 3.75 s, given up after 5.75. Where
/// a fifth of all packets is lost each way, six of a thousand requests are given up wrongly.
pub const PROBE_SENDS: u32 = 5;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BehaviourEvent {
    /// This is what the NAT does.
    Told(NatBehaviour),
    /// The server has no other address and port to answer from.
    NotSupported,
    /// The server is of no use.
    Failed(ServerFault),
}

/// Finds out what a NAT does between one socket and one server: a pure machine. It sends at most
/// [`PROBE_SENDS`] times each of five requests, to the server and to the address it tells.
#[derive(Debug)]
pub struct BehaviourClient {
    transactions: Transactions<Test>,
    local: SocketAddr,
    server: SocketAddr,
    stage: Stage,
    outbox: VecDeque<(SocketAddr, Vec<u8>)>,
    event: Option<BehaviourEvent>,
}

/// What a request is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    /// Where we are seen, by whom the stage says.
    Mapped,
    /// Whether an answer from elsewhere comes through.
    Filter(Change),
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    First,
    Filtering {
        seen: Seen,
        from_other: Heard,
        from_port: Heard,
    },
    OtherAddress {
        filtering: NatFiltering,
        /// The server's other address and port.
        other: SocketAddr,
        /// Where the server sees us.
        first: SocketAddr,
    },
    OtherPort {
        filtering: NatFiltering,
        other: SocketAddr,
        /// Where its other address sees us.
        second: SocketAddr,
    },
    Over,
}

/// What the first answer said.
#[derive(Clone, Copy, Debug)]
struct Seen {
    mapped: SocketAddr,
    /// From where else the server answers; nothing where we cannot ask there.
    other: Option<SocketAddr>,
}

/// What became of a request for an answer from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    NotYet,
    Came,
    Nothing,
    /// An error, or an answer from the wrong place: it shows nothing.
    Useless,
}

impl BehaviourClient {
    /// A client that asks `server` at once, from a socket of its own at `local`: whatever else is
    /// sent from there spoils what it finds.
    pub(crate) fn new(draws: Draws, local: SocketAddr, server: SocketAddr, now: Instant) -> Self {
        let mut client = BehaviourClient {
            transactions: Transactions::hasty(draws, PROBE_SENDS),
            local,
            server,
            stage: Stage::First,
            outbox: VecDeque::new(),
            event: None,
        };
        client.ask(Test::Mapped, now);
        client
    }

    /// Whom this stage asks.
    fn asked(&self) -> SocketAddr {
        match self.stage {
            Stage::OtherAddress { other, .. } => SocketAddr::new(other.ip(), self.server.port()),
            Stage::OtherPort { other, .. } => other,
            _ => self.server,
        }
    }

    fn ask(&mut self, test: Test, now: Instant) {
        let id = self.transactions.draw_id();
        let bytes = match test {
            Test::Mapped => message::write_binding(id),
            Test::Filter(change) => message::write_change(id, change),
        };
        self.transactions.begin(id, test, &bytes, now);
        self.outbox.push_back((self.asked(), bytes));
    }

    /// A datagram came to the socket. Answers are known by their transaction: those to requests for
    /// a change come from elsewhere than they were asked for.
    pub fn receive(
        &mut self,
        source: SocketAddr,
        contents: &[u8],
        now: Instant,
    ) -> Received<'static> {
        let answer = message::parse(contents)
            .filter(|it| matches!(it.class(), MessageClass::Success | MessageClass::Error));
        let Some(answer) = answer else { return Received::Ignored };
        let from_elsewhere = matches!(self.stage, Stage::Filtering { .. });
        if !from_elsewhere && source != self.asked() {
            return Received::Ignored;
        }
        let Some((test, ..)) = self.transactions.answered(answer.transaction_id()) else {
            return Received::Ignored;
        };
        let is_success = answer.has_class(MessageClass::Success);
        match test {
            Test::Filter(change) => {
                let came = is_success && self.is_from(source, change);
                self.heard(change, if came { Heard::Came } else { Heard::Useless }, now);
            }
            Test::Mapped if matches!(self.stage, Stage::First) => self.first(&answer, now),
            Test::Mapped => {
                self.mapped(message::mapped(&answer).filter(|_| is_success), now);
            }
        }
        Received::Taken
    }

    /// Whether an answer from there has changed what was asked for. From which of its addresses the
    /// server says that it answers counts for nothing.
    fn is_from(&self, source: SocketAddr, change: Change) -> bool {
        let is_other_ip = source.ip() != self.server.ip();
        source.port() != self.server.port() && is_other_ip == (change == Change::AddressAndPort)
    }

    fn first(&mut self, answer: &Message<'_>, now: Instant) {
        if !answer.has_class(MessageClass::Success) {
            let refused = message::error(answer);
            let refused = refused.map(|(code, reason)| ServerFault::refused(code, &reason));
            return self.end(BehaviourEvent::Failed(refused.unwrap_or(ServerFault::Malformed)));
        }
        let Some(mapped) = message::mapped(answer) else {
            return self.end(BehaviourEvent::Failed(ServerFault::Malformed));
        };
        let other = message::other_address(answer)
            .filter(|it| it.ip() != self.server.ip() && it.port() != self.server.port());
        let Some(other) = other else { return self.end(BehaviourEvent::NotSupported) };
        let other = Some(other).filter(|it| may_be_asked(*it, self.server));
        let seen = Seen { mapped, other };
        self.stage = Stage::Filtering { seen, from_other: Heard::NotYet, from_port: Heard::NotYet };
        self.ask(Test::Filter(Change::AddressAndPort), now);
        self.ask(Test::Filter(Change::Port), now);
    }

    /// What became of a request for an answer from elsewhere.
    fn heard(&mut self, change: Change, heard: Heard, now: Instant) {
        let Stage::Filtering { seen, from_other, from_port } = &mut self.stage else { return };
        match change {
            Change::AddressAndPort => *from_other = heard,
            Change::Port => *from_port = heard,
        }
        let Seen { mapped: first, other } = *seen;
        let Some(filtering) = filtering(*from_other, *from_port) else { return };
        self.transactions.clear();
        let is_known = first == self.local && filtering == NatFiltering::EndpointIndependent;
        let Some(other) = other.filter(|_| !is_known) else {
            return self.unconfirmed(first, filtering);
        };
        self.stage = Stage::OtherAddress { filtering, other, first };
        self.ask(Test::Mapped, now);
    }

    /// Where the other address, or its other port, sees us; nothing where it does not say.
    fn mapped(&mut self, mapped: Option<SocketAddr>, now: Instant) {
        match (self.stage, mapped) {
            (Stage::OtherAddress { filtering, first, .. }, None) => {
                self.unconfirmed(first, filtering);
            }
            (Stage::OtherAddress { filtering, first, .. }, Some(second)) if second == first => {
                let is_own = first == self.local;
                let same = NatMapping::EndpointIndependent;
                self.tell(if is_own { NatMapping::NoTranslation } else { same }, filtering);
            }
            (Stage::OtherAddress { filtering, other, .. }, Some(second)) => {
                self.stage = Stage::OtherPort { filtering, other, second };
                self.ask(Test::Mapped, now);
            }
            (Stage::OtherPort { filtering, second, .. }, third) => {
                let mapping = match third {
                    None => NatMapping::Unknown,
                    Some(third) if third == second => NatMapping::AddressDependent,
                    Some(_) => NatMapping::AddressAndPortDependent,
                };
                self.tell(mapping, filtering);
            }
            (Stage::First | Stage::Filtering { .. } | Stage::Over, _) => {}
        }
    }

    /// The other address was not asked, or did not say: what stayed away may have had no way.
    fn unconfirmed(&mut self, first: SocketAddr, filtering: NatFiltering) {
        // With our own address, test I is enough (RFC 5780 section 4.3).
        let is_own = first == self.local;
        let mapping = if is_own { NatMapping::NoTranslation } else { NatMapping::Unknown };
        let is_open = filtering == NatFiltering::EndpointIndependent;
        self.tell(mapping, if is_open { filtering } else { NatFiltering::Unknown });
    }

    fn tell(&mut self, mapping: NatMapping, filtering: NatFiltering) {
        self.end(BehaviourEvent::Told(NatBehaviour { mapping, filtering }));
    }

    fn end(&mut self, event: BehaviourEvent) {
        self.stage = Stage::Over;
        self.event = Some(event);
    }

    /// Time passed.
    pub fn timeout(&mut self, now: Instant) {
        while let Some(due) = self.transactions.poll(now) {
            match due {
                Due::Again(bytes) => self.outbox.push_back((self.asked(), bytes)),
                Due::TimedOut(Test::Filter(change)) => self.heard(change, Heard::Nothing, now),
                Due::TimedOut(Test::Mapped) if matches!(self.stage, Stage::First) => {
                    self.end(BehaviourEvent::Failed(ServerFault::TimedOut));
                }
                Due::TimedOut(Test::Mapped) => self.mapped(None, now),
            }
        }
    }

    /// When [`Self::timeout`] is to be called.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.transactions.next_due()
    }

    /// The next message, and whom it is for.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.outbox.pop_front()
    }

    /// What came of it, told once. Nothing more comes of the client then.
    pub fn poll_event(&mut self) -> Option<BehaviourEvent> {
        self.event.take()
    }
}

/// What the two answers from elsewhere show; nothing yet where one is to be waited for.
fn filtering(from_other: Heard, from_port: Heard) -> Option<NatFiltering> {
    match (from_other, from_port) {
        (Heard::Came, _) => Some(NatFiltering::EndpointIndependent),
        (Heard::NotYet, _) | (_, Heard::NotYet) => None,
        (Heard::Useless, _) | (_, Heard::Useless) => Some(NatFiltering::Unknown),
        (Heard::Nothing, Heard::Came) => Some(NatFiltering::AddressDependent),
        (Heard::Nothing, Heard::Nothing) => Some(NatFiltering::AddressAndPortDependent),
    }
}

/// Whether an address that the server tells is one that we may send to: one like its own.
fn may_be_asked(other: SocketAddr, server: SocketAddr) -> bool {
    let ip = other.ip();
    let is_broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    other.port() != 0
        && other.is_ipv4() == server.is_ipv4()
        && ip.is_loopback() == server.ip().is_loopback()
        && !(ip.is_unspecified() || ip.is_multicast() || is_broadcast)
}
