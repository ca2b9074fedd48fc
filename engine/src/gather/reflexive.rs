//! What a STUN server gives: the address that it sees (RFC 8445 section 5.1.1.2).

use std::net::SocketAddr;
use std::time::Instant;

use super::candidates::{Base, reflexive_candidate, reflexive_tcp_candidate};
use crate::candidate::IceCandidate;
use crate::diagnosis::ServerOutcome;
use crate::entropy::Draws;
use crate::turn::client::{BindingClient, BindingEvent, ServerFault};

/// The candidate of ours whose address the server tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The host candidate by UDP.
    Udp,
    /// The simultaneous-open candidate here.
    Tcp(SocketAddr),
}

/// A STUN server, asked.
#[derive(Debug)]
pub(super) struct Reflexive {
    pub(super) client: BindingClient,
    base: Base,
    server: usize,
    seen: Option<Seen>,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReflexiveNews {
    /// The server answered: the candidate, where there is a NAT and peers reach it.
    Seen(Option<IceCandidate>),
    Failed(ServerFault),
}

impl Reflexive {
    pub(super) fn new(
        (base, server): (Base, usize),
        seen: Option<Seen>,
        draws: Draws,
        reliable: bool,
        now: Instant,
    ) -> Self {
        Reflexive { client: BindingClient::new(draws, reliable, now), base, server, seen }
    }

    /// What the server told last.
    pub(super) fn outcome(&self) -> ServerOutcome {
        let round_trip = self.client.round_trip();
        match self.client.mapped() {
            Some(address) => ServerOutcome::Mapped { address, round_trip },
            None => ServerOutcome::Asking,
        }
    }

    pub(super) fn poll(&mut self) -> Option<ReflexiveNews> {
        Some(match self.client.poll_event()? {
            // It is of the other family where a NAT64 lies between.
            BindingEvent::Mapped(mapped) => ReflexiveNews::Seen(match self.seen {
                Some(Seen::Udp) if mapped != self.base.local => {
                    Some(reflexive_candidate(self.base, self.server, mapped))
                }
                Some(Seen::Tcp(local)) if mapped != local => {
                    Some(reflexive_tcp_candidate(self.base, self.server, (mapped, local)))
                }
                _ => None,
            }),
            BindingEvent::Failed(fault) => ReflexiveNews::Failed(fault),
        })
    }
}
