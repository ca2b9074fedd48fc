//! The agent of ICE with its credentials, and the path that it found.

use std::net::SocketAddr;
use std::time::Instant;

use crate::config::Config;
use crate::entropy::{Draws, Purpose, ice_text, stream};
use crate::ice::{Agent, AgentConfig, Credentials};
use crate::session::agreed::IceCredentials;
use crate::session::seam::Pair;
use crate::state::IceConnectionState;

/// The peer counts its nominations, and may move the path by another one
/// (draft-thatcher-ice-renomination).
pub(super) const RENOMINATION: &str = "renomination";

/// RFC 8445 section 5.3 asks for at least 24 and 128 bits; six bits a character.
const UFRAG_CHARS: usize = 8;
const PASSWORD_CHARS: usize = 24;

/// The agent with its credentials.
pub(super) struct Checks {
    pub(super) agent: Agent,
    credentials: Draws,
    pub(super) state: IceConnectionState,
}

impl Checks {
    pub(super) fn new(config: &Config, now: Instant) -> Self {
        let mut credentials = Draws::of(&stream(config.seed, Purpose::IceCredentials));
        let drawn = draw(&mut credentials);
        let agent_config = AgentConfig {
            lite: config.ice_lite,
            failed_after: config.ice_failed_after,
            ..AgentConfig::new(stream(config.seed, Purpose::Ice))
        };
        Checks {
            agent: Agent::new(agent_config, to_credentials(&drawn), now),
            credentials,
            state: IceConnectionState::New,
        }
    }

    pub(super) fn credentials(&self) -> IceCredentials {
        let local = self.agent.local_credentials();
        IceCredentials { ufrag: local.ufrag().to_owned(), password: local.password().to_owned() }
    }

    pub(super) fn remote_ufrag(&self) -> Option<&str> {
        self.agent.remote_credentials().map(Credentials::ufrag)
    }

    pub(super) fn draw(&mut self) -> IceCredentials {
        draw(&mut self.credentials)
    }

    pub(super) fn expect(&mut self, credentials: &IceCredentials) {
        self.agent.expect_credentials(to_credentials(credentials));
    }

    /// The path in use: our address and the peer's.
    pub(super) fn path(&self) -> Option<(SocketAddr, SocketAddr)> {
        self.agent.path_addresses()
    }

    pub(super) fn pair(&self) -> Option<Pair> {
        let path = self.agent.selected()?;
        Some(Pair {
            protocol: path.protocol,
            local: path.source,
            local_kind: path.local_kind,
            remote: path.destination,
            remote_kind: path.remote_kind,
        })
    }
}

fn draw(credentials: &mut Draws) -> IceCredentials {
    credentials.with(|rng| IceCredentials {
        ufrag: ice_text(rng, UFRAG_CHARS),
        password: ice_text(rng, PASSWORD_CHARS),
    })
}

pub(super) fn to_credentials(credentials: &IceCredentials) -> Credentials {
    Credentials::new(credentials.ufrag.clone(), credentials.password.clone())
}
