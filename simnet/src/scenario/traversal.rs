//! What stands between the callers of a scenario, and who helps them.

use std::time::Duration;

use lapwing_engine::IceTransportPolicy;

use crate::middlebox::{FirewallConfig, NatConfig};

/// `[[nat]]` or `[[firewall]]`: a box that the ends of all flows at a place are behind.
///
/// Of several at a place, NATs come before firewalls, each in the order of the file, from the hosts
/// outwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Barrier {
    /// Its name.
    pub name: String,
    /// The place.
    pub place: String,
    /// What it is.
    pub kind: BarrierKind,
}

/// The two kinds of box.
#[derive(Clone, Debug, PartialEq)]
pub enum BarrierKind {
    /// A NAT; its outside address is given when the network is built.
    Nat(NatConfig),
    /// A firewall.
    Firewall(FirewallConfig),
}

/// `[[stun_server]]` or `[[turn_server]]`: a server that flows may name.
#[derive(Clone, Debug, PartialEq)]
pub struct IceHelper {
    /// Its name.
    pub name: String,
    /// The place where it stands, in front of all boxes.
    pub place: String,
    /// From the server to its place, one way.
    pub delay: Duration,
    /// What it does.
    pub kind: IceHelperKind,
}

/// The two kinds of server.
#[derive(Clone, Debug, PartialEq)]
pub enum IceHelperKind {
    /// It tells where requests come from.
    Stun,
    /// It relays, too.
    Turn(TurnModel),
}

/// How a TURN server is.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnModel {
    /// By what it is reached; not empty.
    pub transports: Vec<TurnTransport>,
    /// Who may have relays; not empty.
    pub users: Vec<String>,
    /// Relayed addresses of one user at a time.
    pub quota: usize,
    /// The longest time that an allocation is given without a refresh.
    pub lifetime: Duration,
}

/// What carries messages to a TURN server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnTransport {
    /// UDP, port 3478.
    Udp,
    /// TCP, port 3478.
    Tcp,
    /// TLS, port 443.
    Tls,
}

impl TurnTransport {
    /// With their names in files.
    pub(crate) const WORDS: [(&'static str, TurnTransport); 3] =
        [("udp", TurnTransport::Udp), ("tcp", TurnTransport::Tcp), ("tls", TurnTransport::Tls)];
}

/// How the two ends of a flow find each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IcePlan {
    /// The servers that both know, by name.
    pub servers: Vec<String>,
    /// As whom they ask relays; the first user of each where it is not said.
    pub user: Option<String>,
    /// Which candidates they use.
    pub policy: IceTransportPolicy,
    /// The sender restarts ICE where the connection is lost, and every 5 s as long as it is.
    pub restarts: bool,
}
