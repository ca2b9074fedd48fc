//! What must come of a universe with boxes and servers.

use std::net::{IpAddr, Ipv4Addr};

use super::universe::{Action, Peer, Timed, Topology, Universe};
use crate::middlebox::direct_path_possible;

/// Whether the two can reach each other when all has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachable {
    /// There is a way, so they must be connected.
    Yes,
    /// There is none, so they must not be.
    No,
    /// Nothing is said of it: there need not be a way, and may be one by chance.
    Unsaid,
}

impl Universe {
    /// Whether the two can reach each other when the last action is over: directly, by what the
    /// boxes are, or by relays that live, know them, and can be reached by both.
    pub fn reachable(&self) -> Reachable {
        let helped = match self.topology {
            Topology::Helped(helped) => helped,
            Topology::NatBoth(_) => return Reachable::Unsaid,
            Topology::Direct | Topology::TwoInterfaces | Topology::NatA(_) => {
                return Reachable::Yes;
            }
        };
        let did = |wanted: Action| self.actions.iter().any(|timed| timed.action == wanted);
        let blocked = [Peer::A, Peer::B].map(|peer| did(Action::BlockUdp(peer)));
        let lost = |relay: u32| {
            self.actions.iter().any(|timed| {
                matches!(timed.action, Action::RelayLost(number) if number % helped.relays == relay)
            })
        };
        let is_left =
            (0..helped.relays).any(|relay| !lost(relay)) && !did(Action::CredentialsExpire);
        // A relayed address is sent to by UDP, or from a relay.
        let has_relay = blocked.map(|is_blocked| is_left && (helped.by_tcp || !is_blocked));
        let by_relay =
            [0, 1].iter().any(|one| has_relay[*one] && (has_relay[1 - one] || !blocked[1 - one]));
        if by_relay {
            return Reachable::Yes;
        }
        if blocked != [false; 2] {
            return Reachable::No;
        }
        let outside = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let [a, b] = helped.behind.map(|behind| behind.obstacles(outside));
        // A NAT that keeps ports and maps anew, or for another host, may come to the very port that
        // was told.
        let maps_anew = |timed: &Timed| matches!(timed.action, Action::Rebind(_) | Action::Roam(_));
        match direct_path_possible(&a, &b, &[]) {
            true => Reachable::Yes,
            false if self.actions.iter().any(maps_anew) => Reachable::Unsaid,
            false => Reachable::No,
        }
    }

    /// When what the users of relays were given is over, in seconds from the start.
    pub(super) fn expires_s(&self) -> Option<u64> {
        let all = self.actions.iter().filter(|one| one.action == Action::CredentialsExpire);
        all.map(|timed| u64::from(timed.at_ms.div_ceil(1_000))).min()
    }
}
