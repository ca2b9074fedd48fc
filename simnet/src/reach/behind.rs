//! What a peer is behind.

use std::fmt;
use std::net::IpAddr;

use crate::middlebox::{Dependence, FilterScope, FirewallConfig, NatConfig, Obstacle};

/// What a peer is behind: eleven kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behind {
    /// Nothing: a public address.
    Open,
    /// A public address behind a firewall that lets answers in.
    Firewall,
    /// A NAT, by what its mappings and its filter depend on (RFC 4787).
    Nat(Dependence, Dependence),
}

impl Behind {
    /// All eleven.
    pub fn all() -> Vec<Behind> {
        let mappings = Dependence::ALL.into_iter();
        let nats = mappings
            .flat_map(|mapping| Dependence::ALL.map(|filtering| Behind::Nat(mapping, filtering)));
        [Behind::Open, Behind::Firewall].into_iter().chain(nats).collect()
    }

    /// The boxes on the way out. A NAT has this address outside.
    pub fn obstacles(self, outside: IpAddr) -> Vec<Obstacle> {
        match self {
            Behind::Open => Vec::new(),
            Behind::Firewall => vec![Obstacle::Firewall(FirewallConfig::default())],
            Behind::Nat(mapping, filtering) => vec![Obstacle::Nat(NatConfig {
                mapping,
                filtering,
                // All remotes that the host sent to may send to its reflexive address, by whatever
                // mapping it sent.
                filter_scope: FilterScope::Endpoint,
                ..NatConfig::new([outside])
            })],
        }
    }
}

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |dependence: Dependence| match dependence {
            Dependence::EndpointIndependent => "ei",
            Dependence::AddressDependent => "ad",
            Dependence::AddressAndPortDependent => "apd",
        };
        match self {
            Behind::Open => f.write_str("open"),
            Behind::Firewall => f.write_str("firewall"),
            Behind::Nat(mapping, filtering) => {
                write!(f, "{}/{}", short(*mapping), short(*filtering))
            }
        }
    }
}
