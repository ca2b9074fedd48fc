//! Which servers help two peers.

use std::fmt;

use lapwing_engine::IceServer;

/// The servers that both peers know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Help {
    /// None.
    Nothing,
    /// A STUN server.
    Stun,
    /// A relay, reached by UDP.
    Relay,
}

impl Help {
    /// All that are tabled.
    pub const ALL: [Help; 2] = [Help::Stun, Help::Relay];

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Help::Nothing => "Nobody helps",
            Help::Stun => "With a STUN server",
            Help::Relay => "With a relay, reached by UDP",
        }
    }
}

/// Address of the server of both kinds.
pub(super) const SERVER: &str = "192.0.2.1";
/// Who may use the relay.
pub(super) const USER: (&str, &str) = ("ada", "secret");

impl Help {
    /// As an engine is told.
    pub(super) fn servers(self) -> Vec<IceServer> {
        let url = match self {
            Help::Nothing => return Vec::new(),
            Help::Stun => format!("stun:{SERVER}"),
            Help::Relay => format!("turn:{SERVER}"),
        };
        vec![IceServer::new([url.as_str()], USER.0, USER.1).expect("a URL of ours")]
    }
}

impl fmt::Display for Help {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Help::Nothing => "nothing",
            Help::Stun => "STUN",
            Help::Relay => "TURN/UDP",
        })
    }
}
