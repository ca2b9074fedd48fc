//! Requests and indications out, answers in: STUN (RFC 8489) with TURN's attributes (RFC 8656),
//! over `stun-types` and `turn-types`.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use stun_types::attribute::{
    AlternateServer, AttributeFromRaw, AttributeStaticType, AttributeType, AttributeWrite,
    ErrorCode, MappedSocketAddr, Nonce, RawAttribute, Realm, Username, XorMappedAddress,
};
use stun_types::message::{
    BINDING, IntegrityAlgorithm, IntegrityKey, LongTermKeyCredentials, Message, MessageClass,
    MessageType, MessageWriteVec, Method, TransactionId,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};
use turn_types::attribute::{
    AdditionalAddressFamily, ChannelNumber, Data, Lifetime, RequestedTransport, XorPeerAddress,
    XorRelayedAddress,
};
use turn_types::message::{ALLOCATE, CHANNEL_BIND, DATA, REFRESH, SEND};

pub(super) use crate::turn::message::{channel_data, parse, peer_and_data};

/// The protocol number of UDP, which the relay is to speak with peers.
const UDP: u8 = 17;

/// The value of ADDITIONAL-ADDRESS-FAMILY (RFC 8656 section 18.11) for IPv6.
const IPV6: [u8; 4] = [2, 0, 0, 0];

/// CHANGE-REQUEST (RFC 5780 section 7.2).
const CHANGE_REQUEST: AttributeType = AttributeType::new(0x0003);

/// OTHER-ADDRESS (section 7.4).
const OTHER_ADDRESS: AttributeType = AttributeType::new(0x802c);

/// Longest realm or nonce that is taken (RFC 8489 sections 14.9 and 14.10): each of our requests
/// carries both.
const CHALLENGE_BYTES_MAX: usize = 763;

/// Room for a request with usual names, so that it is written without growing.
const USUAL_BYTES: usize = 224;

/// What a server asked for, so that it believes us (RFC 8489 section 9.2).
pub(super) struct Authentication {
    pub(super) username: String,
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) key: IntegrityKey,
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Authentication { username, realm, .. } = self;
        f.debug_struct("Authentication")
            .field("username", username)
            .field("realm", realm)
            .finish_non_exhaustive()
    }
}

impl Authentication {
    pub(super) fn new(username: &str, credential: &str, realm: &str, nonce: &str) -> Self {
        let credentials = LongTermKeyCredentials::new(
            username.to_owned(),
            credential.to_owned(),
            realm.to_owned(),
        );
        Authentication {
            username: username.to_owned(),
            realm: realm.to_owned(),
            nonce: nonce.to_owned(),
            key: credentials.make_key(IntegrityAlgorithm::Sha1),
        }
    }
}

/// What a request asks of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// A relayed address, of both families where the server has both.
    Allocate,
    /// The allocation to last so long; zero ends it.
    Refresh(Duration),
    /// A channel to a peer, and the permission that comes with it.
    BindChannel { channel: u16, peer: SocketAddr },
}

impl Request {
    fn method(self) -> Method {
        match self {
            Request::Allocate => ALLOCATE,
            Request::Refresh(_) => REFRESH,
            Request::BindChannel { .. } => CHANNEL_BIND,
        }
    }
}

fn push(written: &mut MessageWriteVec, attribute: &dyn AttributeWrite) {
    written.push_attribute_unchecked(attribute);
}

fn begin(class: MessageClass, method: Method, id: TransactionId) -> MessageWriteVec {
    let kind = MessageType::from_class_method(class, method);
    Message::builder(kind, id, MessageWriteVec::with_capacity(USUAL_BYTES))
}

/// Writes a request for our address.
pub(super) fn write_binding(id: TransactionId) -> Vec<u8> {
    with_fingerprint(begin(MessageClass::Request, BINDING, id))
}

/// Where else than from where it is asked a server is to answer from: the flags of CHANGE-REQUEST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Change {
    Port = 0x02,
    AddressAndPort = 0x06,
}

/// Writes a request for our address that is to be answered from elsewhere.
pub(super) fn write_change(id: TransactionId, change: Change) -> Vec<u8> {
    let mut written = begin(MessageClass::Request, BINDING, id);
    push(&mut written, &RawAttribute::new(CHANGE_REQUEST, &[0, 0, 0, change as u8]));
    with_fingerprint(written)
}

fn with_fingerprint(mut written: MessageWriteVec) -> Vec<u8> {
    written.add_fingerprint().expect("the message has no fingerprint yet");
    written.finish()
}

/// Writes a request to a relay, signed where it is known how.
pub(super) fn write(
    request: Request,
    id: TransactionId,
    authentication: Option<&Authentication>,
) -> Vec<u8> {
    let mut written = begin(MessageClass::Request, request.method(), id);
    match request {
        Request::Allocate => {
            push(&mut written, &RequestedTransport::new(UDP));
            push(&mut written, &RawAttribute::new(AdditionalAddressFamily::TYPE, &IPV6));
        }
        Request::Refresh(lifetime) => {
            let seconds = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
            push(&mut written, &Lifetime::new(seconds));
        }
        Request::BindChannel { channel, peer } => {
            push(&mut written, &ChannelNumber::new(channel));
            push(&mut written, &XorPeerAddress::new(peer, id));
        }
    }
    if let Some(authentication) = authentication {
        let Authentication { username, realm, nonce, key } = authentication;
        push(&mut written, &RawAttribute::new(Username::TYPE, username.as_bytes()));
        push(&mut written, &RawAttribute::new(Realm::TYPE, realm.as_bytes()));
        push(&mut written, &RawAttribute::new(Nonce::TYPE, nonce.as_bytes()));
        written
            .add_message_integrity_with_key(key, IntegrityAlgorithm::Sha1)
            .expect("a message in the making is not signed yet and has no limit");
    }
    with_fingerprint(written)
}

/// Writes data for a peer to which there is no channel yet (RFC 8656 section 11.1).
pub(super) fn write_send(id: TransactionId, peer: SocketAddr, contents: &[u8]) -> Vec<u8> {
    let mut written = begin(MessageClass::Indication, SEND, id);
    push(&mut written, &XorPeerAddress::new(peer, id));
    push(&mut written, &Data::new(contents));
    written.finish()
}

/// Puts the header of channel data before the contents (RFC 8656 section 12.4).
pub(super) fn into_channel_data(channel: u16, mut contents: Vec<u8>) -> Vec<u8> {
    let [high, low] = channel.to_be_bytes();
    let [length_high, length_low] = (contents.len() as u16).to_be_bytes();
    contents.splice(0..0, [high, low, length_high, length_low]);
    contents
}

/// Where the contents of a Data indication came from (RFC 8656 section 11.4), and where in the
/// message they stand.
pub(super) fn data_indication<'a>(
    message: &Message<'_>,
    bytes: &'a [u8],
) -> Option<(SocketAddr, &'a [u8])> {
    if !message.has_class(MessageClass::Indication) || !message.has_method(DATA) {
        return None;
    }
    peer_and_data(message, bytes)
}

/// The address that the server saw us at.
pub(super) fn mapped(message: &Message<'_>) -> Option<SocketAddr> {
    let raw = message.raw_attribute(XorMappedAddress::TYPE)?;
    Some(XorMappedAddress::from_raw_ref(&raw).ok()?.addr(message.transaction_id()))
}

/// From where else the server answers.
pub(super) fn other_address(message: &Message<'_>) -> Option<SocketAddr> {
    let raw = message.raw_attribute(OTHER_ADDRESS)?;
    Some(MappedSocketAddr::from_raw(&raw).ok()?.addr())
}

/// The addresses that the server relays at: one, or one of each family.
pub(super) fn relayed(message: &Message<'_>) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    for index in 0..2 {
        let Some(raw) = message.nth_raw_attribute(XorRelayedAddress::TYPE, index) else { break };
        let Ok(address) = XorRelayedAddress::from_raw_ref(&raw) else { break };
        let address = address.addr(message.transaction_id());
        if address.port() != 0 && !address.ip().is_unspecified() && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// How long the allocation lasts.
pub(super) fn lifetime(message: &Message<'_>) -> Option<Duration> {
    let raw = message.raw_attribute(Lifetime::TYPE)?;
    let seconds = Lifetime::from_raw_ref(&raw).ok()?.seconds();
    Some(Duration::from_secs(seconds.into()))
}

/// Realm and nonce of a refusal; nothing where one is longer than it may be.
pub(super) fn challenge(message: &Message<'_>) -> Option<(String, String)> {
    let text = |kind| {
        let raw = message.raw_attribute(kind)?;
        let fits = raw.value.len() <= CHALLENGE_BYTES_MAX;
        String::from_utf8(raw.value.to_vec()).ok().filter(|_| fits)
    };
    Some((text(Realm::TYPE)?, text(Nonce::TYPE)?))
}

/// Code and reason of a refusal.
pub(super) fn error(message: &Message<'_>) -> Option<(u16, String)> {
    let raw = message.raw_attribute(ErrorCode::TYPE)?;
    let error = ErrorCode::from_raw_ref(&raw).ok()?;
    Some((error.code(), error.reason().to_owned()))
}

/// The server that a refusal sends us to.
pub(super) fn alternate(message: &Message<'_>) -> Option<SocketAddr> {
    let raw = message.raw_attribute(AlternateServer::TYPE)?;
    Some(AlternateServer::from_raw_ref(&raw).ok()?.server())
}
