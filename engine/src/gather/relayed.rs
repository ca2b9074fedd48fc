//! What a relay gives: addresses that peers send to, and the address that it sees (RFC 8445
//! section 5.1.1.2).

use std::net::SocketAddr;
use std::time::Instant;

use super::candidates::{Base, reflexive_candidate, relayed_candidate};
use crate::candidate::IceCandidate;
use crate::datagram::Protocol;
use crate::diagnosis::ServerOutcome;
use crate::entropy::Draws;
use crate::turn::client::{RelayClient, RelayEvent, ServerFault};

/// A relay, asked.
#[derive(Debug)]
pub(super) struct Relayed {
    pub(super) client: RelayClient,
    base: Base,
    server: usize,
    protocol: Protocol,
    hide: bool,
    mapped: Option<SocketAddr>,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RelayedNews {
    /// The candidates that it gives.
    Allocated(Vec<IceCandidate>),
    Failed(ServerFault),
    /// It stood, and is gone.
    Lost(ServerFault),
}

impl Relayed {
    /// With `hide`, the peer does not learn where we are.
    pub(super) fn new(
        (base, server): (Base, usize),
        (username, credential): (&str, &str),
        (protocol, hide): (Protocol, bool),
        draws: Draws,
        now: Instant,
    ) -> Self {
        let reliable = protocol != Protocol::Udp;
        let client = RelayClient::new(draws, (username, credential), reliable, now);
        Relayed { client, base, server, protocol, hide, mapped: None }
    }

    /// What the relay gave.
    pub(super) fn outcome(&self) -> ServerOutcome {
        let relayed = self.client.relayed().to_vec();
        ServerOutcome::Allocated { relayed, mapped: self.mapped }
    }

    pub(super) fn poll(&mut self) -> Option<RelayedNews> {
        Some(match self.client.poll_event()? {
            RelayEvent::Allocated { relayed, mapped } => {
                self.mapped = mapped;
                let (base, server) = (self.base, self.server);
                let seen = mapped.filter(|mapped| {
                    self.protocol == Protocol::Udp && !self.hide && *mapped != base.local
                });
                let reflexive = seen.map(|mapped| reflexive_candidate(base, server, mapped));
                let relays = relayed.iter().map(|relayed| {
                    let same = |at: &_| relayed.is_ipv4() == SocketAddr::is_ipv4(at);
                    let related = mapped.or(Some(base.local)).filter(same);
                    let related = related.filter(|_| !self.hide);
                    relayed_candidate(base, (server, self.protocol), *relayed, related)
                });
                RelayedNews::Allocated(reflexive.into_iter().chain(relays).collect())
            }
            RelayEvent::Failed(fault) => RelayedNews::Failed(fault),
            RelayEvent::Lost(fault) => RelayedNews::Lost(fault),
        })
    }
}
