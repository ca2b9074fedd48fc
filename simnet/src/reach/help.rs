//! Which servers help two peers, and what is blocked.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lapwing_engine::{Config, HttpProxy, IceServer};

use crate::middlebox::{Allowed, FirewallConfig};

/// The servers that both peers know, and what the networks of both let out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Help {
    /// A STUN server.
    Stun,
    /// A relay, reached by UDP.
    Relay,
    /// A relay, reached by UDP and TCP; UDP is blocked on the offering side.
    UdpBlockedHere,
    /// The same, and UDP is blocked on both sides.
    UdpBlocked,
    /// A relay that listens by TLS on port 443; nothing else is let out, on either side.
    WebOnly,
    /// The same, and only by way of an HTTP proxy, on either side.
    ProxyOnly,
    /// A relay; nothing is let out at all.
    AllBlocked,
}

/// Address of the server of all kinds.
pub(super) const SERVER: &str = "192.0.2.1";
/// Address of the proxy.
pub(super) const PROXY: &str = "192.0.2.9";
const PROXY_PORT: u16 = 3_128;
/// Who may use the relay.
pub(super) const USER: (&str, &str) = ("ada", "secret");

impl Help {
    /// All that are tabled.
    pub const ALL: [Help; 6] = [
        Help::Stun,
        Help::Relay,
        Help::UdpBlockedHere,
        Help::UdpBlocked,
        Help::WebOnly,
        Help::ProxyOnly,
    ];

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Help::Stun => "With a STUN server",
            Help::Relay => "With a relay, reached by UDP",
            Help::UdpBlockedHere => "UDP blocked where offers are made; a relay by TCP",
            Help::UdpBlocked => "UDP blocked on both sides; a relay by TCP",
            Help::WebOnly => "Port 443 by TCP alone, on both sides; a relay by TLS",
            Help::ProxyOnly => "An HTTP proxy alone, on both sides; a relay by TLS",
            Help::AllBlocked => "Nothing let out",
        }
    }

    /// How long two peers may take that do not reach each other directly, with 100 ms between
    /// them.
    pub fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Help::Stun => 1,
            Help::Relay => 2,
            Help::UdpBlockedHere | Help::UdpBlocked => 3,
            Help::WebOnly => 4,
            Help::ProxyOnly => 5,
            Help::AllBlocked => 30,
        })
    }

    /// Whether datagrams by UDP leave and reach both sides.
    pub fn has_udp(self) -> bool {
        matches!(self, Help::Stun | Help::Relay)
    }

    /// What stands before the boxes of the offering and of the answering side.
    pub(super) fn walls(self) -> [Option<FirewallConfig>; 2] {
        let both = |wall: FirewallConfig| [Some(wall.clone()), Some(wall)];
        match self {
            Help::Stun | Help::Relay => [None, None],
            Help::UdpBlockedHere => [Some(FirewallConfig::udp_blocked()), None],
            Help::UdpBlocked => both(FirewallConfig::udp_blocked()),
            Help::WebOnly => both(FirewallConfig::web_only()),
            Help::ProxyOnly => {
                let proxy = address(PROXY);
                both(FirewallConfig::proxy_only(SocketAddr::new(proxy, PROXY_PORT)))
            }
            Help::AllBlocked => {
                both(FirewallConfig { tcp: Allowed::Nothing, ..FirewallConfig::udp_blocked() })
            }
        }
    }

    /// As an engine is told.
    pub(super) fn tell(self, config: &mut Config) {
        let urls = match self {
            Help::Stun => vec![format!("stun:{SERVER}")],
            Help::Relay | Help::AllBlocked => vec![format!("turn:{SERVER}")],
            Help::UdpBlockedHere | Help::UdpBlocked => {
                vec![format!("turn:{SERVER}"), format!("turn:{SERVER}?transport=tcp")]
            }
            Help::WebOnly | Help::ProxyOnly => vec![format!("turns:{SERVER}:443")],
        };
        let urls = urls.iter().map(String::as_str);
        let server = IceServer::new(urls, USER.0, USER.1).expect("URLs of ours");
        config.ice_servers.push(server);
        if self == Help::ProxyOnly {
            let proxy = HttpProxy { host: PROXY.to_owned(), port: PROXY_PORT, credentials: None };
            config.http_proxy = Some(Arc::new(proxy));
        }
    }
}

pub(super) fn address(text: &str) -> IpAddr {
    text.parse().expect("an address of ours")
}

impl fmt::Display for Help {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Help::Stun => "STUN",
            Help::Relay => "TURN/UDP",
            Help::UdpBlockedHere => "TURN/TCP, one side",
            Help::UdpBlocked => "TURN/TCP",
            Help::WebOnly => "TURN/TLS",
            Help::ProxyOnly => "TURN/TLS, proxy",
            Help::AllBlocked => "nothing",
        })
    }
}
