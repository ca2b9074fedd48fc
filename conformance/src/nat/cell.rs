//! Who calls whom, behind what, with which help.

use std::fmt;

use serde_json::{Value, json};

use super::server::{PASSWORD, PORT, TLS_PORT, USER};
use super::{Authority, Laboratory, Server, Translator};
use crate::browser::Kind;
use crate::wall::Side;

/// A stack that calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    /// Ours, as a process of its own.
    Lapwing,
    /// A browser.
    Browser(Kind),
}

impl fmt::Display for Stack {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stack::Lapwing => out.write_str("Lapwing"),
            Stack::Browser(kind) => kind.fmt(out),
        }
    }
}

/// Which servers a side may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Help {
    /// None; addresses are hidden behind names of multicast DNS.
    Names,
    /// None; candidates by TCP where the stack has any.
    IceTcp,
    /// STUN alone.
    Stun,
    /// STUN, and relays over UDP and TCP.
    All,
    /// Relays over UDP, and no other candidates.
    RelayUdp,
    /// Relays over TCP, and no other candidates.
    RelayTcp,
    /// Relays over TLS, and no other candidates.
    RelayTls,
}

impl Help {
    /// No candidates but those of relays.
    pub fn is_relay_only(self) -> bool {
        matches!(self, Help::RelayUdp | Help::RelayTcp | Help::RelayTls)
    }

    /// The options of `open` that stand for it.
    pub(super) fn options(self, authority: &Authority) -> Value {
        let at = Laboratory::server_address();
        let [stun, udp] = ["stun", "turn"].map(|scheme| format!("{scheme}:{at}:{PORT}"));
        let tcp = format!("{udp}?transport=tcp");
        let urls = match self {
            Help::Names => return json!({ "mdns": true }),
            Help::IceTcp => return json!({ "ice_tcp": true }),
            Help::Stun => vec![stun],
            Help::All => vec![stun, udp, tcp],
            Help::RelayUdp => vec![udp],
            Help::RelayTcp => vec![tcp],
            Help::RelayTls => vec![format!("turns:{at}:{TLS_PORT}?transport=tcp")],
        };
        let server = match self {
            Help::Stun => json!({ "urls": urls }),
            _ => json!({ "urls": urls, "username": USER, "credential": PASSWORD }),
        };
        let mut options = json!({ "ice_servers": [server], "relay_only": self.is_relay_only() });
        if self == Help::RelayTls {
            options["trust"] = authority.trust();
        }
        options
    }
}

impl fmt::Display for Help {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Help::Names => "mDNS names",
            Help::IceTcp => "ICE-TCP",
            Help::Stun => "STUN",
            Help::All => "STUN, TURN",
            Help::RelayUdp => "TURN/UDP only",
            Help::RelayTcp => "TURN/TCP only",
            Help::RelayTls => "TURN/TLS only",
        })
    }
}

/// A row of the table: subject and peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Who calls.
    pub stacks: [Stack; 2],
    /// What they stand behind.
    pub translators: [Translator; 2],
    /// What each may use.
    pub help: [Help; 2],
    /// Whose server it is.
    pub server: Server,
}

impl Cell {
    /// Whether a relay must be on the way.
    pub fn is_relayed(&self) -> bool {
        let no_relay = self.help.iter().all(|help| matches!(help, Help::IceTcp | Help::Names));
        !no_relay
            && (self.help.iter().any(|help| help.is_relay_only())
                || !Translator::meet_directly(self.translators))
    }

    /// What is wrong with the kinds of candidates that were selected, each side's own and the
    /// other's as it sees it; `None` when they are as they must be.
    pub fn judge(&self, selected: &[[String; 2]; 2]) -> Option<String> {
        let is_relay = |kind: &String| kind == "relay";
        let relayed = selected.iter().flatten().any(is_relay);
        if relayed != self.is_relayed() {
            let must = if self.is_relayed() { "must" } else { "must not" };
            return Some(format!("a relay {must} be on the way: {selected:?}"));
        }
        let unknown = Side::BOTH.into_iter().find(|side| {
            self.help[side.other().index()] == Help::Names && selected[side.index()][1] != "host"
        });
        if let Some(side) = unknown {
            return Some(format!("{side} did not find the other's name: {selected:?}"));
        }
        let unasked = Side::BOTH.into_iter().find(|side| {
            self.help[side.index()].is_relay_only() && !is_relay(&selected[side.index()][0])
        });
        unasked.map(|side| format!("{side} uses something else than a relay: {selected:?}"))
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = [0, 1]
            .map(|at| format!("{} ({}; {})", self.stacks[at], self.translators[at], self.help[at]));
        write!(out, "{one}, {other}, {}", self.server)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Help, Stack};
    use crate::nat::{Server, Translator};

    #[test]
    fn what_was_selected_is_judged() {
        let translators = [Translator::EndpointIndependent; 2];
        let (stacks, help, server) = ([Stack::Lapwing; 2], [Help::All; 2], Server::Coturn);
        let mut cell = Cell { stacks, translators, help, server };
        let kinds = |words: [&str; 4]| {
            let [a, b, c, d] = words.map(str::to_owned);
            [[a, b], [c, d]]
        };
        let direct = kinds(["srflx", "prflx", "srflx", "srflx"]);
        let relayed = kinds(["relay", "srflx", "srflx", "relay"]);
        assert_eq!(cell.judge(&direct), None);
        assert!(cell.judge(&relayed).is_some());
        cell.help = [Help::Names; 2];
        assert!(cell.judge(&direct).is_some_and(|fault| fault.starts_with("subject did not find")));
        assert_eq!(cell.judge(&kinds(["host"; 4])), None);
        cell.help = [Help::RelayTcp, Help::All];
        assert_eq!(cell.judge(&relayed), None);
        cell.help[1] = Help::RelayTcp;
        assert!(cell.judge(&relayed).is_some_and(|fault| fault.starts_with("peer uses")));
        assert!(cell.judge(&direct).is_some());
    }
}
