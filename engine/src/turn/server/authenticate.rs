//! Who sent a request (RFC 8489 section 9.2.4).
//!
//! 1. Without a signature: 401, with a realm and a nonce. Without a name, realm or nonce: 400.
//! 2. The nonce is judged before anything is looked up: only who receives at the address that a
//!    request came from has one that holds, so that floods from forged addresses cost a hash each.
//! 3. Then the name, and the signature under its key: 401 for either.
//! 4. Attributes that must be understood and are not: 420.

use std::time::Instant;

use stun_types::attribute::{
    AttributeStaticType, AttributeType, MessageIntegrity, MessageIntegritySha256, Username,
};
use stun_types::message::Message;

use super::machine::TurnServer;
use super::refusal::Refusal;
use super::wire::{self, Asked};

const UNDERSTOOD: &[AttributeType] = &[
    Username::TYPE,
    MessageIntegrity::TYPE,
    MessageIntegritySha256::TYPE,
    wire::CHANNEL_NUMBER,
    wire::LIFETIME,
    wire::XOR_PEER_ADDRESS,
    wire::DATA,
    wire::REALM,
    wire::NONCE,
    wire::REQUESTED_ADDRESS_FAMILY,
    wire::EVEN_PORT,
    wire::REQUESTED_TRANSPORT,
    wire::DONT_FRAGMENT,
    wire::RESERVATION_TOKEN,
];

impl TurnServer {
    /// By whom a request is signed: by whom allocations are counted.
    pub(super) fn authenticate(
        &self,
        asked: &mut Asked,
        message: &Message<'_>,
        now: Instant,
    ) -> Result<String, Refusal> {
        if !wire::is_signed(message) {
            return Err(Refusal::Unauthenticated);
        }
        let nonce = message.raw_attribute(wire::NONCE).ok_or(Refusal::BadRequest)?;
        let name = wire::username(message).ok_or(Refusal::BadRequest)?;
        let realm = message.raw_attribute(wire::REALM).ok_or(Refusal::BadRequest)?;
        if !self.nonces.holds(&nonce.value, asked.client.address, now) {
            return Err(Refusal::StaleNonce);
        }
        if realm.value[..] != *self.config.realm.as_bytes() {
            return Err(Refusal::Unauthenticated);
        }
        let unix_time = self.unix_time(now);
        let known = self.config.users.find(&name, &self.config.realm, unix_time);
        let known = known.ok_or(Refusal::Unauthenticated)?;
        let mut keys = known.keys.into_iter();
        let key = keys.find(|key| wire::is_authentic(message, key));
        asked.key = Some(key.ok_or(Refusal::Unauthenticated)?);
        let unknown = wire::unknown(message, UNDERSTOOD);
        if !unknown.is_empty() {
            return Err(Refusal::Unknown(unknown));
        }
        Ok(known.owner.to_owned())
    }
}
