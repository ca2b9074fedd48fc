//! Checks that come between our offer and the answer (RFC 8445 section 7.3): the peer may send them
//! before we know its credentials.
//!
//! Before the first exchange the library keeps them itself. Those of an ICE restart it would
//! refuse, as it knows the old credentials until the restart is agreed on; so they wait here.

use std::net::SocketAddr;

use stun_types::attribute::Username;
use stun_types::message::Message;

use super::session::Str0mSession;
use super::setup::{from_creds, ice_credentials, to_creds};
use crate::datagram::{Datagram, Protocol};
use crate::session::agreed::IceCredentials;

/// Checks that wait. A check is repeated within half a second, so more of them are no loss.
const EARLY_MAX: usize = 16;

/// Bytes of one. A check with a user fragment of 256 characters has about 400.
const EARLY_BYTES_MAX: usize = 1024;

/// A check that waits for the answer to our offer.
#[derive(Debug)]
pub(super) struct EarlyCheck {
    protocol: Protocol,
    source: SocketAddr,
    destination: SocketAddr,
    contents: Vec<u8>,
}

impl EarlyCheck {
    /// It arrives at last.
    pub(super) fn hand_to(self, session: &mut Str0mSession) {
        let EarlyCheck { protocol, source, destination, contents } = &self;
        let datagram = Datagram {
            protocol: *protocol,
            source: *source,
            destination: *destination,
            ecn: None,
            contents,
        };
        if session.receive(&datagram, session.now).is_err() {
            tracing::debug!("an early check is of no use");
        }
    }
}

impl Str0mSession {
    /// Credentials for an ICE restart. Nothing changes until they are agreed on.
    pub(super) fn draw_credentials(&mut self) -> IceCredentials {
        from_creds(&ice_credentials(&mut self.credentials))
    }

    /// An offer with these credentials is out.
    pub(super) fn expect_checks(&mut self, credentials: &IceCredentials, controlling: bool) {
        if self.negotiated.is_begun() {
            self.awaited = Some(credentials.clone()).filter(|awaited| *awaited != self.ours);
            return;
        }
        let ours = to_creds(credentials);
        self.ours.clone_from(credentials);
        self.controls_first = Some(controlling);
        self.mutate(|rtc| {
            let mut api = rtc.direct_api();
            api.set_local_ice_credentials(ours);
            api.set_ice_controlling(controlling);
        });
    }

    /// That offer was taken back.
    pub(super) fn forget_checks(&mut self) {
        self.awaited = None;
        self.early.clear();
    }

    /// Keeps a check that carries the credentials of a restart that is offered. True for such a
    /// one.
    pub(super) fn keeps_early(&mut self, datagram: &Datagram<'_>) -> bool {
        let Some(awaited) = &self.awaited else { return false };
        let name = Message::from_bytes(datagram.contents)
            .ok()
            .and_then(|check| check.attribute::<Username>().ok());
        let to = name.as_ref().and_then(|name| name.username().split(':').next());
        if to != Some(&awaited.ufrag) {
            return false;
        }
        if self.early.len() < EARLY_MAX && datagram.contents.len() <= EARLY_BYTES_MAX {
            self.early.push(EarlyCheck {
                protocol: datagram.protocol,
                source: datagram.source,
                destination: datagram.destination,
                contents: datagram.contents.to_vec(),
            });
        }
        true
    }
}
