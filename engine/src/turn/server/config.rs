//! How a server is set up. All that is not deterministic enters here.

use std::net::SocketAddr;
use std::time::Duration;

use super::peer_rules::PeerRules;
use super::users::Users;
use crate::datagram::Protocol;

/// Listeners of a server: an address for each protocol, and four for the discovery of NATs, on many
/// interfaces.
pub const LISTENERS_MAX: usize = 256;

/// Longest realm, in bytes (RFC 8489 section 14.9: fewer than 128 characters).
pub const REALM_BYTES_MAX: usize = 127;

/// How long a relay lives that nobody refreshes, unless the client asks for more (RFC
/// 8656 section 3.2).
pub const LIFETIME_DEFAULT: Duration = Duration::from_secs(600);

/// How long a permission lasts (RFC 8656 section 9).
pub const PERMISSION_LIFETIME: Duration = Duration::from_secs(300);

/// How long a channel lasts (RFC 8656 section 12).
pub const CHANNEL_LIFETIME: Duration = Duration::from_secs(600);

/// Where clients come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The address that is listened on; not an unspecified one.
    pub local: SocketAddr,
    /// What carries messages to it.
    pub protocol: Protocol,
    /// The address by which clients know it: `local`, but where a translator stands before it.
    pub public: SocketAddr,
}

impl Listener {
    /// A listener that clients know by its own address.
    pub fn new(local: SocketAddr, protocol: Protocol) -> Self {
        Listener { local, protocol, public: local }
    }
}

/// A listener, by its place in [`TurnServerConfig::listeners`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListenerId(pub u16);

/// What a server holds at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnLimits {
    /// Allocations of all clients; one more is refused with 508, or sent to
    /// [`TurnServerConfig::alternate`].
    pub allocations: usize,
    /// Allocations of one user; one more is refused with 486.
    pub allocations_per_user: usize,
    /// Permissions of one allocation; one more is refused with 508.
    pub permissions: usize,
    /// Channels of one allocation; one more is refused with 508.
    pub channels: usize,
    /// Longest time that an allocation is given without a refresh.
    pub lifetime: Duration,
    /// How long a nonce holds (RFC 8656 section 5: an hour at most).
    pub nonce_lifetime: Duration,
}

impl Default for TurnLimits {
    /// 16,384 allocations, which is about what a range of ports holds; 64 of one user, as many as a
    /// person in a large call has, with room; 128 permissions and channels, one for each candidate
    /// that a peer may have; an hour.
    fn default() -> Self {
        TurnLimits {
            allocations: 16_384,
            allocations_per_user: 64,
            permissions: 128,
            channels: 128,
            lifetime: Duration::from_secs(3600),
            nonce_lifetime: Duration::from_secs(3600),
        }
    }
}

/// Which families of addresses a server has relayed addresses of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayFamilies {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
    /// Both.
    Both,
}

/// The settings of a server.
///
/// ```
/// use std::time::Duration;
/// use lapwing_engine::Protocol;
/// use lapwing_engine::turn::server::{Listener, TurnServerConfig, Users};
/// let unix_time = Duration::from_secs(1_700_000_000);
/// let mut config = TurnServerConfig::new([7; 32], unix_time, "example.org");
/// config.users = Users::default().with_user("ada", "secret");
/// config.listeners.push(Listener::new("192.0.2.1:3478".parse().unwrap(), Protocol::Udp));
/// assert!(!config.users.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnServerConfig {
    /// What nonces are made of, and transactions of what the server sends by itself. Draw it from
    /// the operating system, except in simulations.
    pub seed: [u8; 32],
    /// The wall clock at the start, as time since the Unix epoch: names may expire.
    pub unix_time: Duration,
    /// What passwords are good for (RFC 8489 section 9.2); at most [`REALM_BYTES_MAX`] bytes of it
    /// are used.
    pub realm: String,
    /// Where clients come to; those behind [`LISTENERS_MAX`] are left out.
    pub listeners: Vec<Listener>,
    /// Who may have relays. With nobody, this is a server of STUN alone.
    pub users: Users,
    /// What relayed addresses there are.
    pub families: RelayFamilies,
    /// To whom may be relayed.
    pub peers: PeerRules,
    /// What is held at most.
    pub limits: TurnLimits,
    /// The server to which clients are sent (300, Try Alternate) that find this one full; with a
    /// limit of no allocations, all that have a password.
    pub alternate: Option<SocketAddr>,
}

impl TurnServerConfig {
    /// A server without listeners and users, with relayed addresses of IPv4.
    pub fn new(seed: [u8; 32], unix_time: Duration, realm: impl Into<String>) -> Self {
        TurnServerConfig {
            seed,
            unix_time,
            realm: realm.into(),
            listeners: Vec::new(),
            users: Users::default(),
            families: RelayFamilies::V4,
            peers: PeerRules::default(),
            limits: TurnLimits::default(),
            alternate: None,
        }
    }
}
