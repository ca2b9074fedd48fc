//! Messages as bytes: what is read of requests and indications, and how answers are written.

use std::net::{IpAddr, SocketAddr};

use stun_types::attribute::{
    AlternateServer, Attribute, AttributeFromRaw, AttributeStaticType, AttributeType, ErrorCode,
    Fingerprint, MessageIntegrity, Nonce, RawAttribute, Realm, UnknownAttributes, Username,
    XorMappedAddress,
};
use stun_types::message::{
    IntegrityAlgorithm, IntegrityKey, Message, MessageClass, MessageType, MessageWriteVec, Method,
    TransactionId,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};
use turn_types::attribute::{
    AdditionalAddressFamily, AddressErrorCode, ChannelNumber, Data, DontFragment, EvenPort,
    Lifetime, RequestedAddressFamily, RequestedTransport, ReservationToken, XorPeerAddress,
    XorRelayedAddress,
};

use super::contract::Client;

pub(super) const CHANGE_REQUEST: AttributeType = AttributeType::new(0x0003);
pub(super) const PADDING: AttributeType = AttributeType::new(0x0026);
pub(super) const RESPONSE_PORT: AttributeType = AttributeType::new(0x0027);
pub(super) const CHANNEL_NUMBER: AttributeType = ChannelNumber::TYPE;
pub(super) const LIFETIME: AttributeType = Lifetime::TYPE;
pub(super) const XOR_PEER_ADDRESS: AttributeType = XorPeerAddress::TYPE;
pub(super) const DATA: AttributeType = Data::TYPE;
pub(super) const REALM: AttributeType = Realm::TYPE;
pub(super) const NONCE: AttributeType = Nonce::TYPE;
pub(super) const XOR_RELAYED_ADDRESS: AttributeType = XorRelayedAddress::TYPE;
pub(super) const REQUESTED_ADDRESS_FAMILY: AttributeType = RequestedAddressFamily::TYPE;
pub(super) const EVEN_PORT: AttributeType = EvenPort::TYPE;
pub(super) const REQUESTED_TRANSPORT: AttributeType = RequestedTransport::TYPE;
pub(super) const DONT_FRAGMENT: AttributeType = DontFragment::TYPE;
pub(super) const RESERVATION_TOKEN: AttributeType = ReservationToken::TYPE;
pub(super) const ADDITIONAL_ADDRESS_FAMILY: AttributeType = AdditionalAddressFamily::TYPE;
pub(super) const ADDRESS_ERROR_CODE: AttributeType = AddressErrorCode::TYPE;
pub(super) const ALTERNATE_SERVER: AttributeType = AlternateServer::TYPE;
pub(super) const RESPONSE_ORIGIN: AttributeType = AttributeType::new(0x802b);
pub(super) const OTHER_ADDRESS: AttributeType = AttributeType::new(0x802c);

/// Unknown attributes that are named in a 420 answer; more would make it longer than its request.
const UNKNOWN_NAMED_MAX: usize = 8;

/// The name that a message is signed for.
pub(super) fn username(message: &Message<'_>) -> Option<String> {
    let raw = message.raw_attribute(Username::TYPE)?;
    Username::from_raw_ref(&raw).ok().map(|name| name.username().to_owned())
}

/// A value of four bytes; values of other lengths count as not there.
pub(super) fn word(message: &Message<'_>, kind: AttributeType) -> Option<[u8; 4]> {
    let raw = message.raw_attribute(kind)?;
    <[u8; 4]>::try_from(&raw.value[..]).ok()
}

/// The port that RESPONSE-PORT names (RFC 5780 section 7.5), which some write with two bytes more.
pub(super) fn response_port(message: &Message<'_>) -> Option<u16> {
    let raw = message.raw_attribute(RESPONSE_PORT)?;
    raw.value.first_chunk().map(|port| u16::from_be_bytes(*port))
}

/// Peers that a message names. `None` where one of them cannot be read, or none is there.
pub(super) fn peers(message: &Message<'_>) -> Option<Vec<SocketAddr>> {
    let named = message.iter_attributes().map(|(_, attribute)| attribute);
    let named = named.filter(|attribute| attribute.get_type() == XOR_PEER_ADDRESS);
    let read = named.map(|raw| {
        let address = XorPeerAddress::from_raw_ref(&raw).ok()?;
        Some(address.addr(message.transaction_id()))
    });
    read.collect::<Option<Vec<_>>>().filter(|peers| !peers.is_empty())
}

/// Attributes that must be understood and are not among these.
pub(super) fn unknown(message: &Message<'_>, understood: &[AttributeType]) -> Vec<AttributeType> {
    let kinds = message.iter_attributes().map(|(_, attribute)| attribute.get_type());
    let unknown = kinds.filter(|kind| kind.comprehension_required() && !understood.contains(kind));
    unknown.take(UNKNOWN_NAMED_MAX).collect()
}

/// A request, as far as its answer needs it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) client: Client,
    pub(super) method: Method,
    pub(super) transaction: TransactionId,
    /// It came with a FINGERPRINT, and so does its answer.
    pub(super) fingerprint: bool,
    /// What the answer is signed with, once that is known.
    pub(super) key: Option<IntegrityKey>,
}

impl Asked {
    pub(super) fn new(client: Client, message: &Message<'_>) -> Self {
        Asked {
            client,
            method: message.method(),
            transaction: message.transaction_id(),
            fingerprint: message.has_attribute(Fingerprint::TYPE),
            key: None,
        }
    }

    pub(super) fn success(&self) -> Answer {
        self.answer(MessageClass::Success)
    }

    pub(super) fn error(&self, code: u16) -> Answer {
        let mut answer = self.answer(MessageClass::Error);
        let code = ErrorCode::builder(code).build().expect("a code between 300 and 699");
        answer.written.push_attribute_unchecked(&code);
        answer
    }

    fn answer(&self, class: MessageClass) -> Answer {
        let kind = MessageType::from_class_method(class, self.method);
        let written = MessageWriteVec::with_capacity(USUAL_BYTES);
        Answer { written: Message::builder(kind, self.transaction, written) }
    }

    pub(super) fn finish(&self, answer: Answer) -> Vec<u8> {
        let mut written = answer.written;
        if let Some(key) = &self.key {
            written
                .add_message_integrity_with_key(key, IntegrityAlgorithm::Sha1)
                .expect("an answer in the making is not signed yet and has no limit");
        }
        if self.fingerprint {
            written.add_fingerprint().expect("an answer has no fingerprint yet");
        }
        written.finish()
    }
}

/// Room for an answer with a usual realm, so that it is written without growing.
const USUAL_BYTES: usize = 160;

/// An answer in the making.
pub(super) struct Answer {
    written: MessageWriteVec,
}

impl Answer {
    pub(super) fn push(&mut self, kind: AttributeType, value: &[u8]) {
        self.written.push_attribute_unchecked(&RawAttribute::new(kind, value));
    }

    pub(super) fn unknown(&mut self, kinds: &[AttributeType]) {
        self.written.push_attribute_unchecked(&UnknownAttributes::new(kinds));
    }

    pub(super) fn mapped(&mut self, address: SocketAddr, asked: &Asked) {
        self.written.push_attribute_unchecked(&XorMappedAddress::new(address, asked.transaction));
    }

    pub(super) fn relayed(&mut self, address: SocketAddr, asked: &Asked) {
        let (bytes, length) = xor_address(address, asked.transaction);
        self.push(XOR_RELAYED_ADDRESS, &bytes[..length]);
    }

    /// An address as it is (RFC 8489 section 14.1).
    pub(super) fn address(&mut self, kind: AttributeType, address: SocketAddr) {
        let (bytes, length) = plain_address(address);
        self.push(kind, &bytes[..length]);
    }
}

fn plain_address(address: SocketAddr) -> ([u8; 20], usize) {
    let mut bytes = [0; 20];
    bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
    match address.ip() {
        IpAddr::V4(v4) => {
            bytes[1] = 1;
            bytes[4..8].copy_from_slice(&v4.octets());
            (bytes, 8)
        }
        IpAddr::V6(v6) => {
            bytes[1] = 2;
            bytes[4..].copy_from_slice(&v6.octets());
            (bytes, 20)
        }
    }
}

/// An address behind the magic cookie and the transaction (RFC 8489 section 14.2), and how many of
/// the bytes it is.
pub(super) fn xor_address(address: SocketAddr, transaction: TransactionId) -> ([u8; 20], usize) {
    let (mut bytes, length) = plain_address(address);
    let cookie = stun_types::message::MAGIC_COOKIE;
    let mask = ((u128::from(cookie) << 96) | u128::from(transaction)).to_be_bytes();
    bytes[2] ^= mask[0];
    bytes[3] ^= mask[1];
    bytes[4..].iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    (bytes, length)
}

/// Whether it is signed with the key.
pub(super) fn is_authentic(message: &Message<'_>, key: &IntegrityKey) -> bool {
    message.validate_integrity_with_key(key).is_ok()
}

/// Whether it is signed.
pub(super) fn is_signed(message: &Message<'_>) -> bool {
    message.has_attribute(MessageIntegrity::TYPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_hidden_as_others_hide_them() {
        let transaction = TransactionId::from(0x0102_0304_0506_0708_090a_0b0c);
        for address in ["192.0.2.7:4000", "[2001:db8::7]:65535"] {
            let address: SocketAddr = address.parse().unwrap();
            let (bytes, length) = xor_address(address, transaction);
            let raw = RawAttribute::new(XOR_PEER_ADDRESS, &bytes[..length]);
            let read = XorPeerAddress::from_raw_ref(&raw).unwrap();
            assert_eq!(read.addr(transaction), address);
        }
    }
}
