//! What a STUN server gives: the address that it sees (RFC 8445 section 5.1.1.2).

use std::time::Instant;

use super::candidates::{Base, reflexive_candidate};
use crate::candidate::IceCandidate;
use crate::diagnosis::ServerOutcome;
use crate::entropy::Draws;
use crate::turn::client::{BindingClient, BindingEvent, ServerFault};

/// A STUN server, asked.
#[derive(Debug)]
pub(super) struct Reflexive {
    pub(super) client: BindingClient,
    base: Base,
    server: usize,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReflexiveNews {
    /// The server answered: the candidate, where there is a NAT and it was reached by UDP.
    Seen(Option<IceCandidate>),
    Failed(ServerFault),
}

impl Reflexive {
    pub(super) fn new(
        (base, server): (Base, usize),
        draws: Draws,
        reliable: bool,
        now: Instant,
    ) -> Self {
        Reflexive { client: BindingClient::new(draws, reliable, now), base, server }
    }

    /// What the server told last.
    pub(super) fn outcome(&self) -> ServerOutcome {
        let round_trip = self.client.round_trip();
        match self.client.mapped() {
            Some(address) => ServerOutcome::Mapped { address, round_trip },
            None => ServerOutcome::Asking,
        }
    }

    pub(super) fn poll(&mut self, is_udp: bool) -> Option<ReflexiveNews> {
        Some(match self.client.poll_event()? {
            BindingEvent::Mapped(mapped) => {
                // It is of the other family where a NAT64 lies between.
                let counts = is_udp && mapped != self.base.local;
                let candidate = || reflexive_candidate(self.base, self.server, mapped);
                ReflexiveNews::Seen(counts.then(candidate))
            }
            BindingEvent::Failed(fault) => ReflexiveNews::Failed(fault),
        })
    }
}
