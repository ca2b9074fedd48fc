//! How a relay is set up, and what it counts.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;

use lapwing_engine::Protocol;
use lapwing_engine::turn::server::{PeerRules, TurnLimits, TurnMetrics, Users};

/// Ports of relayed addresses unless said otherwise (RFC 8656 section 7.2: the dynamic ones).
pub const PORTS_DEFAULT: RangeInclusive<u16> = 49_152..=65_535;

/// Connections of clients that a thread holds, with or without allocations. Each may make it keep
/// as much as a message, and what waits to be written.
pub const CONNECTIONS_PER_THREAD: usize = 4_096;

/// The settings of a relay.
#[derive(Clone, Debug)]
pub struct RelayConfig {
    /// Where clients come to. An unspecified address means every one of this machine's of its
    /// family; port 0 lets the system choose.
    pub listen: Vec<(SocketAddr, Protocol)>,
    /// What TLS clients are shown; needed to listen for them.
    pub identity: Option<RelayIdentity>,
    /// Addresses from which peers are reached, one of each family at most. Without any, those that
    /// are listened on.
    pub relay_addresses: Vec<IpAddr>,
    /// Addresses by which others know this machine, where a translator (NAT) stands before it that
    /// keeps ports.
    pub external: Vec<External>,
    /// Ports of relayed addresses.
    pub ports: RangeInclusive<u16>,
    /// Threads; each core one unless said otherwise.
    pub threads: NonZeroUsize,
    /// What passwords are good for (RFC 8489 section 9.2).
    pub realm: String,
    /// Who may have relays.
    pub users: Users,
    /// To whom may be relayed.
    pub peers: PeerRules,
    /// What is held at most, by all threads together.
    pub limits: TurnLimits,
    /// The server to which clients are sent that find this one full.
    pub alternate: Option<SocketAddr>,
}

impl RelayConfig {
    /// A relay for nobody yet, on these addresses, for UDP.
    pub fn new(realm: impl Into<String>, listen: &[SocketAddr]) -> Self {
        RelayConfig {
            listen: listen.iter().map(|local| (*local, Protocol::Udp)).collect(),
            identity: None,
            relay_addresses: Vec::new(),
            external: Vec::new(),
            ports: PORTS_DEFAULT,
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            realm: realm.into(),
            users: Users::default(),
            peers: PeerRules::default(),
            limits: TurnLimits::default(),
            alternate: None,
        }
    }
}

/// One of this machine's addresses, and the one by which others know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct External {
    /// As this machine has it.
    pub local: IpAddr,
    /// As others know it.
    pub public: IpAddr,
}

/// A chain of certificates and its key, both in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct RelayIdentity {
    /// The chain, the server's own certificate first.
    pub certificates: Vec<u8>,
    /// The private key.
    pub key: Vec<u8>,
}

/// The key is not shown.
impl fmt::Debug for RelayIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayIdentity").finish_non_exhaustive()
    }
}

/// What a relay did and has, all threads together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RelayMetrics {
    /// What the machines count.
    pub turn: TurnMetrics,
    /// Allocations at present.
    pub allocations: u64,
    /// Connections of clients at present.
    pub connections: u64,
    /// Datagrams that the system did not take: a full buffer, nobody there, too long.
    pub send_errors: u64,
    /// Threads that ended by a fault. Their clients are gone.
    pub dead_threads: u64,
}

impl RelayMetrics {
    pub(super) fn add(&mut self, other: &RelayMetrics) {
        self.turn.add(&other.turn);
        self.allocations += other.allocations;
        self.connections += other.connections;
        self.send_errors += other.send_errors;
        self.dead_threads += other.dead_threads;
    }

    /// Each with its name and what it counts, for programs that print them.
    pub fn rows(&self) -> Vec<(&'static str, u64)> {
        let own = [
            ("allocations", self.allocations),
            ("connections", self.connections),
            ("send_errors", self.send_errors),
            ("dead_threads", self.dead_threads),
        ];
        own.into_iter().chain(self.turn.rows()).collect()
    }
}
