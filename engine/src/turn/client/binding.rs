//! Asking a STUN server for our address (RFC 8489 section 12), and now and then again: so that the
//! mapping lives, and a new one is noticed.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::message::MessageClass;

use super::fault::ServerFault;
use super::message;
use super::received::Received;
use super::transactions::{Due, Transactions};
use crate::entropy::Draws;

/// How often it asks again: less than the 30 s that some NATs keep a mapping, more than the 15 s
/// that RFC 8445 section 11 allows at least.
const AGAIN: Duration = Duration::from_secs(20);

/// What a server told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindingEvent {
    /// It sees us at this address, for the first time or a new one.
    Mapped(SocketAddr),
    /// It is of no use. Nothing more comes of this client.
    Failed(ServerFault),
}

/// Asks one STUN server from one socket: a pure machine.
#[derive(Debug)]
pub struct BindingClient {
    transactions: Transactions<()>,
    mapped: Option<SocketAddr>,
    round_trip: Option<Duration>,
    /// When it asks again; over where there is none and nothing is under way.
    again: Option<Instant>,
    outbox: VecDeque<Vec<u8>>,
    events: VecDeque<BindingEvent>,
}

impl BindingClient {
    /// A client that asks at once. `reliable` is the way to the server that loses nothing: TCP.
    pub(crate) fn new(draws: Draws, reliable: bool, now: Instant) -> Self {
        let mut client = BindingClient {
            transactions: Transactions::new(draws, reliable),
            mapped: None,
            round_trip: None,
            again: None,
            outbox: VecDeque::new(),
            events: VecDeque::new(),
        };
        client.ask(now);
        client
    }

    /// The address that the server saw last.
    pub fn mapped(&self) -> Option<SocketAddr> {
        self.mapped
    }

    /// The time to the server and back, of a request that went out once.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    fn ask(&mut self, now: Instant) {
        self.again = None;
        let id = self.transactions.draw_id();
        let bytes = message::write_binding(id);
        self.transactions.begin(id, (), &bytes, now);
        self.outbox.push_back(bytes);
    }

    /// Asks again now, where it is not asking: the mapping may be another one.
    pub fn look_again(&mut self, now: Instant) {
        if self.again.is_some() {
            self.ask(now);
        }
    }

    /// A datagram came from the server.
    pub fn receive<'a>(&mut self, contents: &'a [u8], now: Instant) -> Received<'a> {
        let answer = message::parse(contents)
            .filter(|it| matches!(it.class(), MessageClass::Success | MessageClass::Error));
        let Some(answer) = answer else { return Received::Ignored };
        let Some((_, asked, once)) = self.transactions.answered(answer.transaction_id()) else {
            return Received::Ignored;
        };
        if once {
            self.round_trip = Some(now.saturating_duration_since(asked));
        }
        if answer.has_class(MessageClass::Success) {
            match message::mapped(&answer) {
                Some(mapped) => {
                    self.again = Some(now + AGAIN);
                    if self.mapped.replace(mapped) != Some(mapped) {
                        self.events.push_back(BindingEvent::Mapped(mapped));
                    }
                }
                None => self.fail(ServerFault::Malformed),
            }
            return Received::Taken;
        }
        let redirected = message::alternate(&answer).map(ServerFault::Redirected);
        let error = message::error(&answer);
        let refused = error.map(|(code, reason)| match (code, redirected) {
            (300, Some(to)) => to,
            _ => ServerFault::refused(code, &reason),
        });
        self.fail(refused.unwrap_or(ServerFault::Malformed));
        Received::Taken
    }

    fn fail(&mut self, fault: ServerFault) {
        self.again = None;
        self.events.push_back(BindingEvent::Failed(fault));
    }

    /// Time passed.
    pub fn timeout(&mut self, now: Instant) {
        while let Some(due) = self.transactions.poll(now) {
            match due {
                Due::Again(bytes) => self.outbox.push_back(bytes),
                // What was seen stays: whether it still works, checks show.
                Due::TimedOut(_) if self.mapped.is_some() => self.again = Some(now + AGAIN),
                Due::TimedOut(_) => self.fail(ServerFault::TimedOut),
            }
        }
        if self.again.is_some_and(|at| at <= now) {
            self.ask(now);
        }
    }

    /// When [`Self::timeout`] is to be called.
    pub fn next_timeout(&self) -> Option<Instant> {
        [self.again, self.transactions.next_due()].into_iter().flatten().min()
    }

    /// The next message for the server.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outbox.pop_front()
    }

    /// What the server told.
    pub fn poll_event(&mut self) -> Option<BindingEvent> {
        self.events.pop_front()
    }
}
