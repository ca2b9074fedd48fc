//! Credentials that an offer of ours has, and checks that carry them: the peer may send some before
//! we know its own.
//!
//! Before the first exchange the library keeps them itself. Those of an ICE restart it would
//! refuse, as it knows the old credentials until the restart is agreed on; so they wait here.

use stun_types::attribute::Username;
use stun_types::message::Message;

use super::early::EarlyCheck;
use super::session::Str0mSession;
use super::setup::{from_creds, ice_credentials, to_creds};
use crate::datagram::Datagram;
use crate::session::agreed::IceCredentials;

/// Checks that wait. A check is repeated within half a second, so more of them are no loss.
const EARLY_MAX: usize = 16;

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
        if self.early.len() < EARLY_MAX {
            self.early.extend(EarlyCheck::of(datagram));
        }
        true
    }

    /// The answer is there: they arrive at last.
    pub(super) fn hand_in_early(&mut self) {
        self.awaited = None;
        for check in std::mem::take(&mut self.early) {
            if self.receive(&check.datagram(), self.now).is_err() {
                tracing::debug!("an early check is of no use");
            }
        }
    }
}
