//! The server.
//!
//! 1. What a client sends is channel data or a Send indication, and goes on to a peer where it
//!    lies; or it is a request, and is answered.
//! 2. A Binding request is answered to anybody. Others must be signed: [`authenticate`] finds by
//!    whom.
//! 3. An Allocate request asks the driver for relayed addresses, and is answered once they are
//!    there. Refresh, CreatePermission and ChannelBind change the allocation at once.
//! 4. What a peer sends to a relayed address goes on to its client, where that one permits it.
//! 5. An allocation ends by time, by a Refresh with a lifetime of zero, or with the client's
//!    connection.
//!
//! What is held is the allocations and what hangs on them; a request that is not signed by a user
//! leaves nothing behind.
//!
//! [`authenticate`]: super::authenticate

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use stun_types::message::{BINDING, Message, MessageClass};
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH};

use super::allocation::Allocation;
use super::alternates::Alternates;
use super::config::{LISTENERS_MAX, REALM_BYTES_MAX, TurnServerConfig};
use super::contract::{Client, Forward, TurnInput, TurnOutput};
use super::metrics::TurnMetrics;
use super::nonces::Nonces;
use super::refusal::Refusal;
use super::table::Table;
use super::wire::{self, Answer, Asked};
use crate::turn::message::parse;

/// Longest message that is read, but for Send indications. A request has 500 bytes of a name at
/// most, and that much again of all else; one with PADDING (RFC 5780) is as long as a packet of
/// Ethernet and a little more, so that it is fragmented.
const MESSAGE_BYTES_MAX: usize = 1600;

/// A server of STUN and TURN: bytes and time in, bytes and requests for sockets out.
///
/// ```
/// use std::time::{Duration, Instant};
/// use lapwing_engine::Protocol;
/// use lapwing_engine::turn::server::{
///     Client, Listener, ListenerId, TurnInput, TurnOutput, TurnServer, TurnServerConfig,
/// };
///
/// let now = Instant::now();
/// let mut config = TurnServerConfig::new([7; 32], Duration::ZERO, "example.org");
/// config.listeners.push(Listener::new("192.0.2.1:3478".parse().unwrap(), Protocol::Udp));
/// let mut server = TurnServer::new(config, now);
///
/// let client = Client { listener: ListenerId(0), address: "198.51.100.7:4000".parse().unwrap() };
/// let binding = b"\x00\x01\x00\x00\x21\x12\xa4\x42twelve bytes";
/// let forwarded = server.handle_input(TurnInput::Client { client, contents: binding }, now);
/// assert!(forwarded.is_none());
/// let TurnOutput::Transmit { contents, .. } = server.poll_output() else { panic!() };
/// assert_eq!(contents[..2], [0x01, 0x01], "a success");
/// assert_eq!(server.poll_output(), TurnOutput::Timeout { at: None });
/// ```
pub struct TurnServer {
    pub(super) config: TurnServerConfig,
    pub(super) started: Instant,
    pub(super) nonces: Nonces,
    /// For each listener, those beside it.
    pub(super) alternates: Vec<Alternates>,
    pub(super) table: Table,
    /// Allocate requests, by slot, whose relayed addresses are being opened.
    pub(super) pending: BTreeMap<u32, Asked>,
    pub(super) transactions: ChaCha20Rng,
    pub(super) outputs: VecDeque<TurnOutput>,
    pub(super) metrics: TurnMetrics,
}

impl TurnServer {
    /// A server without clients.
    pub fn new(mut config: TurnServerConfig, now: Instant) -> Self {
        config.listeners.truncate(LISTENERS_MAX);
        while config.realm.len() > REALM_BYTES_MAX {
            config.realm.pop();
        }
        let mut transactions = ChaCha20Rng::from_seed(config.seed);
        let mut key = [0; 32];
        transactions.fill_bytes(&mut key);
        let listeners = config.listeners.iter();
        let alternates = listeners.map(|one| Alternates::of(one, &config.listeners)).collect();
        TurnServer {
            nonces: Nonces::new(key, now, config.limits.nonce_lifetime),
            config,
            started: now,
            alternates,
            table: Table::default(),
            pending: BTreeMap::new(),
            transactions,
            outputs: VecDeque::new(),
            metrics: TurnMetrics::default(),
        }
    }

    /// Takes what happened. A payload that is to be sent on is given back where it lies; all else
    /// is had by [`Self::poll_output`].
    pub fn handle_input<'a>(&mut self, input: TurnInput<'a>, now: Instant) -> Option<Forward<'a>> {
        match input {
            TurnInput::Client { client, contents } => {
                return match contents.first().map(|first| first >> 6) {
                    Some(1) => self.channel_data(client, contents, now),
                    Some(0) => self.message(client, contents, now),
                    _ => {
                        self.metrics.malformed += 1;
                        None
                    }
                };
            }
            TurnInput::Peer { relay, peer, contents } => {
                return self.peer_data(relay, peer, contents, now);
            }
            TurnInput::RelayOpened { relay, address } => self.relay_opened(relay, address, now),
            TurnInput::RelayFailed { relay, fault } => self.relay_failed(relay, fault, now),
            TurnInput::ClientClosed(client) => {
                if let Some(slot) = self.table.find(client) {
                    self.end(slot);
                }
            }
            TurnInput::Timeout => {
                while let Some(slot) = self.table.next_ended(now) {
                    self.end(slot);
                }
            }
        }
        None
    }

    /// What is to be done next. Ask until it is [`TurnOutput::Timeout`]; payloads that came in one
    /// batch may be given in one go before.
    pub fn poll_output(&mut self) -> TurnOutput {
        let timeout = || TurnOutput::Timeout { at: self.table.next_timer() };
        self.outputs.pop_front().unwrap_or_else(timeout)
    }

    /// What was done so far.
    pub fn metrics(&self) -> TurnMetrics {
        self.metrics
    }

    /// Allocations at present.
    pub fn allocations(&self) -> usize {
        self.table.len()
    }

    /// Whether a client has an allocation, or will have one soon.
    pub fn has_allocation(&self, client: Client) -> bool {
        self.table.find(client).is_some()
    }

    fn message<'a>(
        &mut self,
        client: Client,
        contents: &'a [u8],
        now: Instant,
    ) -> Option<Forward<'a>> {
        // The class and method of a Send indication: it is on the way of packets.
        if contents.starts_with(&[0x00, 0x16]) {
            return self.send_indication(client, contents, now);
        }
        let fits = contents.len() <= MESSAGE_BYTES_MAX;
        let Some(message) = parse(contents).filter(|_| fits) else {
            self.metrics.malformed += 1;
            return None;
        };
        match (message.class(), message.method()) {
            (MessageClass::Request, BINDING) => self.binding(client, &message, now),
            (MessageClass::Request, ALLOCATE | REFRESH | CREATE_PERMISSION | CHANNEL_BIND) => {
                self.request(client, &message, now);
            }
            // It keeps a translator's mapping alive.
            (MessageClass::Indication, BINDING) => {}
            _ => self.metrics.malformed += 1,
        }
        None
    }

    /// A request that must be signed.
    fn request(&mut self, client: Client, message: &Message<'_>, now: Instant) {
        let mut asked = Asked::new(client, message);
        match self.serve(&mut asked, message, now) {
            Ok(None) => {}
            Ok(Some(answer)) => self.answer(&asked, answer),
            Err(refusal) => self.refuse(&asked, &refusal, now),
        }
    }

    fn serve(
        &mut self,
        asked: &mut Asked,
        message: &Message<'_>,
        now: Instant,
    ) -> Result<Option<Answer>, Refusal> {
        let owner = self.authenticate(asked, message, now)?;
        match asked.method {
            ALLOCATE => self.allocate(asked, message, &owner, now),
            REFRESH => self.refresh(asked, message, &owner, now).map(Some),
            CREATE_PERMISSION => self.create_permission(asked, message, &owner, now).map(Some),
            _ => self.channel_bind(asked, message, &owner, now).map(Some),
        }
    }

    pub(super) fn answer(&mut self, asked: &Asked, answer: Answer) {
        let (client, contents) = (asked.client, asked.finish(answer));
        self.outputs.push_back(TurnOutput::Transmit { client, contents });
    }

    pub(super) fn refuse(&mut self, asked: &Asked, refusal: &Refusal, now: Instant) {
        let mut answer = asked.error(refusal.code());
        let counter = match refusal {
            Refusal::TryAlternate(other) => {
                answer.address(wire::ALTERNATE_SERVER, *other);
                &mut self.metrics.over_capacity
            }
            Refusal::Unauthenticated | Refusal::StaleNonce => {
                answer.push(wire::REALM, self.config.realm.as_bytes());
                let nonce = self.nonces.make(asked.client.address, now);
                answer.push(wire::NONCE, nonce.as_bytes());
                let is_stale = *refusal == Refusal::StaleNonce;
                if is_stale { &mut self.metrics.stale } else { &mut self.metrics.unauthenticated }
            }
            Refusal::Unknown(kinds) => {
                answer.unknown(kinds);
                &mut self.metrics.refused
            }
            Refusal::Forbidden => &mut self.metrics.forbidden,
            Refusal::QuotaReached => &mut self.metrics.over_quota,
            Refusal::InsufficientCapacity => &mut self.metrics.over_capacity,
            _ => &mut self.metrics.refused,
        };
        *counter += 1;
        self.answer(asked, answer);
    }

    /// Ends an allocation, wherever it stands.
    pub(super) fn end(&mut self, slot: u32) {
        let closed = |family| self.table.relay(slot, family);
        let families = self.table.of_slot(slot).map(Allocation::families);
        let closed: Vec<_> = families.into_iter().flatten().map(closed).collect();
        self.outputs.extend(closed.into_iter().map(|relay| TurnOutput::CloseRelay { relay }));
        self.pending.remove(&slot);
        if self.table.remove(slot).is_some() {
            self.metrics.ended += 1;
        }
    }

    /// The wall clock.
    pub(super) fn unix_time(&self, now: Instant) -> Duration {
        self.config.unix_time + now.saturating_duration_since(self.started)
    }

    /// Whether a peer may be relayed to: not what the rules deny, and not this server, over which a
    /// packet could go in circles (RFC 8656 section 21.1.6).
    pub(super) fn allows(&self, peer: SocketAddr) -> bool {
        let is_here = |address: SocketAddr| address == peer;
        let mut listeners = self.config.listeners.iter();
        self.config.peers.allow(peer.ip())
            && !listeners.any(|one| is_here(one.local) || is_here(one.public))
    }
}

/// Its keys are nobody's to see.
impl fmt::Debug for TurnServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnServer")
            .field("allocations", &self.allocations())
            .finish_non_exhaustive()
    }
}
