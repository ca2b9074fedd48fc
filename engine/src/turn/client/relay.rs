//! The allocation: made, refreshed, given up (RFC 8656 sections 6 to 8).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use stun_types::message::MessageClass;

use super::fault::ServerFault;
use super::message::{self, Authentication, Request};
use super::peers::{Peers, Way};
use super::received::Received;
use super::transactions::{Due, Transactions};
use crate::demux::PacketKind;
use crate::entropy::Draws;
use crate::ice_server::Credential;

/// The lifetime that is asked for; servers give it as it is, mostly (RFC 8656 section 3.2).
pub(super) const LIFETIME: Duration = Duration::from_secs(600);

/// How long before its end an allocation is refreshed.
const REFRESH_BEFORE: Duration = Duration::from_secs(60);

/// Traffic goes out and nothing came back for so long: the server is asked whether it lives.
const SILENCE: Duration = Duration::from_secs(3);

/// What became of an allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayEvent {
    /// It stands: the relayed addresses, one or one of each family, and the address that the server
    /// sees us at.
    Allocated {
        /// Where peers send to.
        relayed: Vec<SocketAddr>,
        /// Our server-reflexive address; it counts over UDP.
        mapped: Option<SocketAddr>,
    },
    /// It could not be made. Nothing more comes of this client.
    Failed(ServerFault),
    /// It stood, and is gone. Nothing more comes of this client.
    Lost(ServerFault),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Asked for.
    Allocating,
    /// There: to be refreshed, and over, at these times.
    Allocated { refresh_at: Instant, expires: Instant },
    /// Given up by us, which the server is told.
    Closing,
    /// Over.
    Over,
}

/// A request under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) request: Request,
    /// How often the server had asked us to authenticate when it was made.
    pub(super) challenges: u32,
}

/// One allocation at one server: a pure machine.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::turn::client::RelayClient;
/// let now = Instant::now();
/// let mut relay = RelayClient::seeded([7; 32], "ada", "secret", false, now);
/// let request = relay.poll_transmit().expect("it asks for an allocation");
/// assert_eq!(request[..2], [0x00, 0x03]);
/// assert!(relay.next_timeout().is_some());
/// ```
#[derive(Debug)]
pub struct RelayClient {
    pub(super) username: String,
    pub(super) credential: Credential,
    pub(super) transactions: Transactions<Asked>,
    pub(super) authentication: Option<Authentication>,
    pub(super) phase: Phase,
    pub(super) relayed: Vec<SocketAddr>,
    pub(super) peers: Peers,
    /// Nonces in a row that were stale when they arrived.
    pub(super) stale: u32,
    /// How often the server asked us to authenticate.
    pub(super) challenges: u32,
    /// How often an older allocation of ours was in the way, and removed.
    pub(super) cleared: u32,
    /// Since when something went out, and nothing came back.
    unanswered: Option<Instant>,
    outbox: VecDeque<Vec<u8>>,
    events: VecDeque<RelayEvent>,
    dropped: u64,
}

impl RelayClient {
    /// A client that asks at once. `reliable` is the way to the server that loses nothing: TCP.
    pub(crate) fn new(
        draws: Draws,
        (username, credential): (&str, &str),
        reliable: bool,
        now: Instant,
    ) -> Self {
        let mut client = RelayClient {
            username: username.to_owned(),
            credential: Credential(credential.to_owned()),
            transactions: Transactions::new(draws, reliable),
            authentication: None,
            phase: Phase::Allocating,
            relayed: Vec::new(),
            peers: Peers::default(),
            stale: 0,
            challenges: 0,
            cleared: 0,
            unanswered: None,
            outbox: VecDeque::new(),
            events: VecDeque::new(),
            dropped: 0,
        };
        client.ask(Request::Allocate, now);
        client
    }

    /// A client of its own, outside of a connection; its transactions have names from this seed.
    pub fn seeded(
        seed: [u8; 32],
        username: &str,
        credential: &str,
        reliable: bool,
        now: Instant,
    ) -> Self {
        use rand_chacha::rand_core::SeedableRng;
        let draws = Draws::of(&ChaCha20Rng::from_seed(seed));
        RelayClient::new(draws, (username, credential), reliable, now)
    }

    /// Addresses that peers send to; none while there is no allocation.
    pub fn relayed(&self) -> &[SocketAddr] {
        &self.relayed
    }

    /// Whether nothing more comes of it.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Datagrams to peers that went nowhere: there were too many peers, or the server relays
    /// nothing to this one.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// A datagram came from the server. Over TCP, one message at a time.
    pub fn receive<'a>(&mut self, contents: &'a [u8], now: Instant) -> Received<'a> {
        match PacketKind::of(contents) {
            Some(PacketKind::ChannelData) => {
                let data = message::channel_data(contents);
                let known =
                    data.and_then(|(channel, data)| Some((self.peers.of_channel(channel)?, data)));
                known.map_or(Received::Ignored, |(peer, data)| self.peer_data(peer, data))
            }
            Some(PacketKind::Stun) => self.receive_message(contents, now),
            _ => Received::Ignored,
        }
    }

    fn receive_message<'a>(&mut self, contents: &'a [u8], now: Instant) -> Received<'a> {
        let Some(message) = message::parse(contents) else { return Received::Ignored };
        if let Some((peer, data)) = message::data_indication(&message, contents) {
            return self.peer_data(peer, data);
        }
        let is_response = matches!(message.class(), MessageClass::Success | MessageClass::Error);
        if is_response && self.answer(&message, now) {
            self.unanswered = None;
            return Received::Taken;
        }
        Received::Ignored
    }

    fn peer_data<'a>(&mut self, peer: SocketAddr, data: &'a [u8]) -> Received<'a> {
        self.unanswered = None;
        match self.relayed_for(peer) {
            Some(relayed) => Received::Peer { peer, relayed, contents: data },
            None => Received::Ignored,
        }
    }

    fn relayed_for(&self, peer: SocketAddr) -> Option<SocketAddr> {
        self.relayed.iter().copied().find(|relayed| relayed.is_ipv4() == peer.is_ipv4())
    }

    /// A datagram is to go to a peer: the bytes that the server gets for it, unless they wait for a
    /// channel or go nowhere.
    pub fn send(&mut self, peer: SocketAddr, contents: Vec<u8>, now: Instant) -> Option<Vec<u8>> {
        if self.relayed_for(peer).is_none() || contents.len() > usize::from(u16::MAX) {
            self.dropped += 1;
            return None;
        }
        self.unanswered.get_or_insert(now);
        let (way, asked) = self.peers.route(peer, now);
        if let Some(channel) = asked {
            self.ask(Request::BindChannel { channel, peer }, now);
        }
        match way {
            Way::Channel(channel) => Some(message::into_channel_data(channel, contents)),
            Way::Indication => {
                let id = self.transactions.draw_id();
                Some(message::write_send(id, peer, &contents))
            }
            Way::Held => {
                self.peers.hold(peer, contents);
                None
            }
            Way::Nowhere => {
                self.dropped += 1;
                None
            }
        }
    }

    /// Time passed.
    pub fn timeout(&mut self, now: Instant) {
        while let Some(due) = self.transactions.poll(now) {
            match due {
                Due::Again(bytes) => self.outbox.push_back(bytes),
                Due::TimedOut(asked) => self.give_up(asked.request, ServerFault::TimedOut, now),
            }
        }
        let Phase::Allocated { refresh_at, expires } = self.phase else { return };
        if expires <= now {
            return self.lose(ServerFault::AllocationLost);
        }
        if refresh_at <= now || self.probe_at().is_some_and(|at| at <= now) {
            self.look_again(now);
        }
        while let Some((channel, peer)) = self.peers.next_refresh(now) {
            self.ask(Request::BindChannel { channel, peer }, now);
        }
    }

    /// Asks whether the allocation stands, where that is not being asked.
    pub fn look_again(&mut self, now: Instant) {
        let is_asked = self.is_refreshing();
        if matches!(self.phase, Phase::Allocated { .. }) && !is_asked {
            self.ask(Request::Refresh(LIFETIME), now);
        }
    }

    fn is_refreshing(&self) -> bool {
        self.transactions.any(|it| matches!(it.request, Request::Refresh(_)))
    }

    /// When the server is asked whether it lives.
    fn probe_at(&self) -> Option<Instant> {
        self.unanswered.map(|since| since + SILENCE)
    }

    /// When [`Self::timeout`] is to be called.
    pub fn next_timeout(&self) -> Option<Instant> {
        let transactions = self.transactions.next_due();
        let Phase::Allocated { refresh_at, expires } = self.phase else { return transactions };
        let is_asked = self.is_refreshing();
        let asks = [Some(refresh_at), self.probe_at()].into_iter().flatten().min();
        let asks = asks.filter(|_| !is_asked);
        [Some(expires), transactions, asks, self.peers.next_due()].into_iter().flatten().min()
    }

    /// The next message for the server.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outbox.pop_front()
    }

    /// What became of the allocation.
    pub fn poll_event(&mut self) -> Option<RelayEvent> {
        self.events.pop_front()
    }

    /// Gives the allocation up, which the server is told.
    pub fn close(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Allocated { .. }) {
            self.transactions.clear();
            self.ask(Request::Refresh(Duration::ZERO), now);
            self.phase = Phase::Closing;
        } else if self.phase == Phase::Allocating {
            self.over();
        }
        self.relayed.clear();
    }

    pub(super) fn ask(&mut self, request: Request, now: Instant) {
        let id = self.transactions.draw_id();
        let bytes = message::write(request, id, self.authentication.as_ref());
        let asked = Asked { request, challenges: self.challenges };
        self.transactions.begin(id, asked, &bytes, now);
        self.outbox.push_back(bytes);
    }

    pub(super) fn put(&mut self, bytes: Vec<u8>) {
        self.outbox.push_back(bytes);
    }

    pub(super) fn tell(&mut self, event: RelayEvent) {
        self.events.push_back(event);
    }

    pub(super) fn allocated(&mut self, lifetime: Duration, now: Instant) {
        let refresh_in = lifetime.saturating_sub(REFRESH_BEFORE).max(lifetime / 2);
        self.phase = Phase::Allocated { refresh_at: now + refresh_in, expires: now + lifetime };
    }

    /// The allocation could not be made.
    pub(super) fn fail(&mut self, fault: ServerFault) {
        if self.phase == Phase::Allocating {
            self.tell(RelayEvent::Failed(fault));
        }
        self.over();
    }

    /// It is gone.
    pub(super) fn lose(&mut self, fault: ServerFault) {
        if matches!(self.phase, Phase::Allocated { .. }) {
            self.tell(RelayEvent::Lost(fault));
        }
        self.over();
    }

    fn over(&mut self) {
        self.phase = Phase::Over;
        self.relayed.clear();
        self.transactions.clear();
        self.peers = Peers::default();
    }
}
