//! Many connections behind one socket: which one a datagram belongs to.
//!
//! 1. A connectivity check says whom it is for, by the user fragment in its name (RFC 8445 section
//!    7.3). Anyone can write that name, so nothing is learned from it.
//! 2. The connection judges the check, and answers when it is authentic. That answer leaves by
//!    [`Router::transmitted`], which learns the path from it: the path is *claimed*. A participant
//!    can sign a check and lie about where it comes from, so a claim moves no path that another
//!    connection claimed and still uses.
//! 3. A check of ours leaves with a number that only who receives it knows. An answer with that
//!    number finds its connection by it, and *proves* the path: the peer is where the answer comes
//!    from.
//! 4. Everything else goes to whom the path belongs to.
//!
//! A path moves when its owner is removed, when the owner was not heard on it for
//! [`PATH_EXPIRES`], or from one that only claimed it to one that proved it.

mod paths;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::SocketAddr;
use std::time::Instant;

use stun_types::attribute::Username;
use stun_types::message::{Message, MessageClass, MessageHeader, TransactionId};

use self::paths::{Evidence, Paths};
use crate::datagram::{Datagram, Transmit};
use crate::demux::PacketKind;

pub use self::paths::PATH_EXPIRES;

/// Connections of one router: four for each port that an address has. Each costs its fragments,
/// checks and paths here, so one more is refused.
pub const ROUTER_CONNECTIONS_MAX: usize = 1 << 18;

/// Characters of a user fragment (RFC 8839 section 5.4). No check can name a longer one.
const UFRAG_CHARS_MAX: usize = 256;

/// User fragments per connection: one of each ICE generation, and a peer may be late by a few.
const UFRAGS_PER_KEY_MAX: usize = 4;

/// Checks per connection whose answer is waited for. One leaves every 50 ms at most, so this spans
/// more than the longest round trip.
const CHECKS_PER_KEY_MAX: usize = 64;

/// Finds the connection of a datagram in constant time, and cannot be led astray by strangers or by
/// participants that write the address of another as their own.
///
/// ```
/// use lapwing_engine::Router;
/// let mut router: Router<u32> = Router::new();
/// router.insert(7, "4ZcDkQ0x");
/// assert_eq!(router.len(), 1);
/// router.remove(&7);
/// assert!(router.is_empty());
/// ```
#[derive(Debug)]
pub struct Router<K> {
    by_ufrag: HashMap<String, K>,
    by_check: HashMap<TransactionId, (SocketAddr, SocketAddr, K)>,
    paths: Paths<K>,
    known: HashMap<K, Known>,
    connections_max: usize,
    refused: u64,
}

#[derive(Debug, Default)]
struct Known {
    ufrags: VecDeque<String>,
    checks: VecDeque<TransactionId>,
}

/// What one router has to tell others that receive datagrams for the same connections, as sockets
/// that share a port do. Hand it to their [`Router::learn`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteNews {
    local: SocketAddr,
    remote: SocketAddr,
    fact: Fact,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fact {
    /// A check of this number left.
    Asked(TransactionId),
    /// The connection accepted a check from there.
    Accepted,
}

impl<K: Clone + Eq + Hash> Router<K> {
    /// Knows nobody.
    pub fn new() -> Self {
        Router::with_connections_max(ROUTER_CONNECTIONS_MAX)
    }

    fn with_connections_max(connections_max: usize) -> Self {
        Router {
            by_ufrag: HashMap::new(),
            by_check: HashMap::new(),
            paths: Paths::new(),
            known: HashMap::new(),
            connections_max,
            refused: 0,
        }
    }

    /// Connections known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// No connection is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Routes checks for this user fragment to `key` from now on. After an ICE restart, add the new
    /// fragment: those of the last few generations stay valid.
    ///
    /// False when that is refused and counted: there are [`ROUTER_CONNECTIONS_MAX`] others, or the
    /// fragment has more than the 256 characters that RFC 8839 section 5.4 allows.
    pub fn insert(&mut self, key: K, ufrag: &str) -> bool {
        let full = self.known.len() >= self.connections_max && !self.known.contains_key(&key);
        if full || ufrag.len() > UFRAG_CHARS_MAX {
            self.refused += 1;
            tracing::warn!(full, refused = self.refused, "checks of a connection are not routed");
            return false;
        }
        let known = self.known.entry(key.clone()).or_default();
        if !known.ufrags.iter().any(|old| old == ufrag) {
            known.ufrags.push_back(ufrag.to_owned());
        }
        let oldest = (known.ufrags.len() > UFRAGS_PER_KEY_MAX).then(|| known.ufrags.pop_front());
        if let Some(oldest) = oldest.flatten() {
            self.forget_ufrag(&oldest, &key);
        }
        self.by_ufrag.insert(ufrag.to_owned(), key);
        true
    }

    /// How often [`Router::insert`] refused.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Forgets a connection with all its paths.
    pub fn remove(&mut self, key: &K) {
        let Some(known) = self.known.remove(key) else { return };
        for ufrag in &known.ufrags {
            self.forget_ufrag(ufrag, key);
        }
        for check in &known.checks {
            self.by_check.remove(check);
        }
        self.paths.remove(key);
    }

    /// The connection of a datagram that came in at `now`, `None` for what belongs to nobody.
    pub fn route(&mut self, datagram: &Datagram<'_>, now: Instant) -> Option<K> {
        let path = (datagram.destination, datagram.source);
        if PacketKind::of(datagram.contents) == Some(PacketKind::Stun) {
            if let Some(key) = self.answered(path, datagram.contents, now) {
                return Some(key);
            }
            if let Some(key) = self.by_username(datagram.contents) {
                return Some(key);
            }
        }
        self.paths.owner(path).cloned()
    }

    /// Looks at what the connection of `key` sends at `now`; every datagram of it must pass here.
    /// Gives what others that share the port have to know.
    pub fn transmitted(&mut self, key: &K, transmit: &Transmit, now: Instant) -> Option<RouteNews> {
        if PacketKind::of(&transmit.contents) != Some(PacketKind::Stun) {
            return None;
        }
        let header = MessageHeader::from_bytes(&transmit.contents).ok()?;
        let (local, remote) = (transmit.source, transmit.destination);
        let path = (local, remote);
        let (fact, is_news) = match header.get_type().class() {
            MessageClass::Request => {
                self.expect(key, path, header.transaction_id());
                (Fact::Asked(header.transaction_id()), !self.paths.is_proven(path, key))
            }
            MessageClass::Success => {
                let taken = self.heard(key, path, Evidence::Claimed, now);
                (Fact::Accepted, taken || self.paths.is_due(path, key, now))
            }
            _ => return None,
        };
        is_news.then_some(RouteNews { local, remote, fact })
    }

    /// Takes what another router has to tell of the connection of `key`.
    pub fn learn(&mut self, key: &K, news: &RouteNews, now: Instant) {
        let path = (news.local, news.remote);
        match news.fact {
            Fact::Asked(check) => self.expect(key, path, check),
            Fact::Accepted => {
                self.heard(key, path, Evidence::Claimed, now);
            }
        }
    }

    /// An answer to a check of this number, on this path, is for this connection.
    fn expect(&mut self, key: &K, path: (SocketAddr, SocketAddr), check: TransactionId) {
        let Some(known) = self.known.get_mut(key) else { return };
        if self.by_check.contains_key(&check) {
            return;
        }
        if known.checks.len() == CHECKS_PER_KEY_MAX
            && let Some(oldest) = known.checks.pop_front()
        {
            self.by_check.remove(&oldest);
        }
        known.checks.push_back(check);
        self.by_check.insert(check, (path.0, path.1, key.clone()));
    }

    /// The connection whose check this answers.
    fn answered(
        &mut self,
        path: (SocketAddr, SocketAddr),
        contents: &[u8],
        now: Instant,
    ) -> Option<K> {
        let header = MessageHeader::from_bytes(contents).ok()?;
        if !header.get_type().class().is_response() {
            return None;
        }
        let (local, remote, key) = self.by_check.get(&header.transaction_id())?;
        if (*local, *remote) != path {
            return None;
        }
        let key = key.clone();
        if header.get_type().has_class(MessageClass::Success) {
            self.heard(&key, path, Evidence::Proven, now);
        }
        Some(key)
    }

    /// True when the path is newly taken.
    fn heard(
        &mut self,
        key: &K,
        path: (SocketAddr, SocketAddr),
        evidence: Evidence,
        now: Instant,
    ) -> bool {
        self.known.contains_key(key) && self.paths.heard(key, path, evidence, now)
    }

    fn by_username(&self, contents: &[u8]) -> Option<K> {
        let message = Message::from_bytes(contents).ok()?;
        let username = message.attribute::<Username>().ok()?;
        let (local, _) = username.username().split_once(':')?;
        self.by_ufrag.get(local).cloned()
    }

    /// Unless another connection has it now.
    fn forget_ufrag(&mut self, ufrag: &str, key: &K) {
        if self.by_ufrag.get(ufrag) == Some(key) {
            self.by_ufrag.remove(ufrag);
        }
    }
}

impl<K: Clone + Eq + Hash> Default for Router<K> {
    fn default() -> Self {
        Router::new()
    }
}
