//! Binding, and the discovery of what a client's translator does (RFC 5780).
//!
//! A server that listens on two addresses and two ports of each tells of the pair across
//! (OTHER-ADDRESS), and answers from there where it is asked to (CHANGE-REQUEST). It answers to
//! another port of whoever asks (RESPONSE-PORT), and with as much to carry as the question has
//! (PADDING); not both, so that nobody else gets more than a short answer.

use std::time::Instant;

use stun_types::attribute::{
    AttributeStaticType, AttributeType, MessageIntegrity, MessageIntegritySha256, Username,
};
use stun_types::message::Message;

use super::config::ListenerId;
use super::contract::{Client, TurnOutput};
use super::machine::TurnServer;
use super::refusal::Refusal;
use super::wire::{self, Asked};
use crate::datagram::Protocol;

/// Nobody is asked to sign a Binding request, so that what signs one is passed over.
const UNDERSTOOD: &[AttributeType] = &[
    Username::TYPE,
    MessageIntegrity::TYPE,
    MessageIntegritySha256::TYPE,
    wire::REALM,
    wire::NONCE,
];

impl TurnServer {
    pub(super) fn binding(&mut self, client: Client, message: &Message<'_>, now: Instant) {
        let asked = Asked::new(client, message);
        let place = usize::from(client.listener.0);
        let alternates = self.alternates.get(place).copied().unwrap_or_default();
        let flags = wire::word(message, wire::CHANGE_REQUEST).map_or(0, |value| value[3]);
        let changed = alternates.for_flags(flags);
        let mut unknown = wire::unknown(message, UNDERSTOOD);
        if alternates.both.is_some() {
            let known = [wire::CHANGE_REQUEST, wire::RESPONSE_PORT, wire::PADDING];
            unknown.retain(|kind| !known.contains(kind));
        }
        if !unknown.is_empty() {
            return self.refuse(&asked, &Refusal::Unknown(unknown), now);
        }
        let (port, padding) = (wire::response_port(message), message.raw_attribute(wire::PADDING));
        let listener = self.config.listeners.get(place);
        let is_datagram = listener.is_some_and(|listener| listener.protocol == Protocol::Udp);
        if port == Some(0) || port.is_some() && (padding.is_some() || !is_datagram) {
            return self.refuse(&asked, &Refusal::BadRequest, now);
        }
        let mut answer = asked.success();
        answer.mapped(client.address, &asked);
        let from = changed.unwrap_or(client.listener);
        let public = |id: ListenerId| self.config.listeners.get(usize::from(id.0));
        if let Some(other) = alternates.both.and_then(public) {
            if let Some(origin) = public(from) {
                answer.address(wire::RESPONSE_ORIGIN, origin.public);
            }
            answer.address(wire::OTHER_ADDRESS, other.public);
        }
        if let Some(padding) = padding {
            answer.push(wire::PADDING, &vec![0; padding.value.len()]);
        }
        self.metrics.bindings += 1;
        let mut client = Client { listener: from, ..client };
        if let Some(port) = port {
            client.address.set_port(port);
        }
        let contents = asked.finish(answer);
        self.outputs.push_back(TurnOutput::Transmit { client, contents });
    }
}
