//! Checks and their answers as bytes: STUN (RFC 8489) with ICE's attributes (RFC 8445 section
//! 16.1), over `stun-types`.
//!
//! Every message is signed with MESSAGE-INTEGRITY and ends with FINGERPRINT. None carries SOFTWARE.

use std::net::SocketAddr;

use stun_types::attribute::{
    Attribute, AttributeFromRaw, AttributeStaticType, AttributeType, ErrorCode, MessageIntegrity,
    MessageIntegritySha256, RawAttribute, Realm, UnknownAttributes, Username, XorMappedAddress,
};
use stun_types::message::{
    BINDING, IntegrityAlgorithm, IntegrityKey, Message, MessageClass, MessageHeader, MessageType,
    MessageWriteVec, TransactionId,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};

use super::drop_reason::DropReason;

const PRIORITY: AttributeType = AttributeType::new(0x0024);
const USE_CANDIDATE: AttributeType = AttributeType::new(0x0025);
const ICE_CONTROLLED: AttributeType = AttributeType::new(0x8029);
const ICE_CONTROLLING: AttributeType = AttributeType::new(0x802A);
const MAPPED_ADDRESS: AttributeType = AttributeType::new(0x0001);
const NONCE: AttributeType = AttributeType::new(0x0015);

/// draft-thatcher-ice-renomination, as libwebrtc and Pion have it.
const NOMINATION: AttributeType = AttributeType::new(0xC001);

/// Network id and cost, as libwebrtc has it.
const NETWORK_INFO: AttributeType = AttributeType::new(0xC057);

/// Attributes below 0x8000 that are understood: of others a request must not be served (RFC 8489
/// section 6.3.1).
const UNDERSTOOD: &[AttributeType] = &[
    MAPPED_ADDRESS,
    Username::TYPE,
    MessageIntegrity::TYPE,
    MessageIntegritySha256::TYPE,
    ErrorCode::TYPE,
    UnknownAttributes::TYPE,
    Realm::TYPE,
    NONCE,
    XorMappedAddress::TYPE,
    PRIORITY,
    USE_CANDIDATE,
];

/// Unknown attributes that are named in a 420 answer; more would make it longer than its request.
const UNKNOWN_NAMED_MAX: usize = 8;

/// Attributes of a message that somebody else reads (draft-hancke-webrtc-sped), at most.
const CARRIED_MAX: usize = 4;

/// An attribute that checks and answers carry for somebody else, or that came with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedAttribute {
    /// Its type, 0x8000 or above.
    pub kind: u16,
    /// Its value.
    pub value: Vec<u8>,
}

/// The role of whoever sent a check, and its tie-breaker (RFC 8445 section 7.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RoleClaim {
    pub(super) controlling: bool,
    pub(super) tie_breaker: u64,
}

/// What a check says besides its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CheckRequest {
    pub(super) transaction: TransactionId,
    pub(super) priority: Option<u32>,
    pub(super) use_candidate: bool,
    pub(super) role: Option<RoleClaim>,
    pub(super) nomination: Option<u32>,
    pub(super) network_cost: Option<u16>,
}

/// What a check of ours says.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    pub(super) transaction: TransactionId,
    pub(super) to_ufrag: &'a str,
    pub(super) from_ufrag: &'a str,
    pub(super) key: &'a IntegrityKey,
    pub(super) priority: u32,
    pub(super) role: RoleClaim,
    pub(super) use_candidate: bool,
    pub(super) nomination: Option<u32>,
    pub(super) network: Option<(u16, u16)>,
    pub(super) carried: &'a [CarriedAttribute],
}

/// Whether the bytes are a STUN message as far as its header goes (RFC 8489 section 5).
fn has_header(contents: &[u8]) -> bool {
    let Ok(header) = MessageHeader::from_bytes(contents) else { return false };
    let length = usize::from(header.data_length());
    length % 4 == 0 && MessageHeader::LENGTH + length == contents.len()
}

/// Reads a message. A FINGERPRINT that is there must fit.
pub(super) fn parse(contents: &[u8]) -> Result<Message<'_>, DropReason> {
    if !has_header(contents) {
        return Err(DropReason::Malformed);
    }
    let message = Message::from_bytes(contents).map_err(|_| DropReason::Malformed)?;
    if !message.has_method(BINDING) {
        return Err(DropReason::NotBinding);
    }
    Ok(message)
}

/// The two fragments of USERNAME: the receiver's and the sender's (RFC 8445 section 7.2.2).
pub(super) fn username(message: &Message<'_>) -> Result<(String, String), DropReason> {
    let raw = message.raw_attribute(Username::TYPE).ok_or(DropReason::NoUsername)?;
    let name = Username::from_raw_ref(&raw).map_err(|_| DropReason::Malformed)?;
    let (to, from) = name.username().split_once(':').ok_or(DropReason::NoUsername)?;
    Ok((to.to_owned(), from.to_owned()))
}

/// Whether the message was signed with the key.
pub(super) fn is_authentic(message: &Message<'_>, key: &IntegrityKey) -> bool {
    message.validate_integrity_with_key(key).is_ok()
}

/// Attributes that must be understood and are not.
pub(super) fn unknown_attributes(message: &Message<'_>) -> Vec<u16> {
    let kinds = message.iter_attributes().map(|(_, attribute)| attribute.get_type());
    let unknown = kinds.filter(|kind| kind.comprehension_required() && !UNDERSTOOD.contains(kind));
    unknown.map(|kind| kind.value()).take(UNKNOWN_NAMED_MAX).collect()
}

/// Reads what a check says. Values of a wrong length count as not there.
pub(super) fn read_request(message: &Message<'_>) -> CheckRequest {
    let role = |kind, controlling| {
        let value = fixed::<8>(message, kind)?;
        Some(RoleClaim { controlling, tie_breaker: u64::from_be_bytes(value) })
    };
    CheckRequest {
        transaction: message.transaction_id(),
        priority: word(message, PRIORITY),
        use_candidate: message.has_attribute(USE_CANDIDATE),
        role: role(ICE_CONTROLLING, true).or_else(|| role(ICE_CONTROLLED, false)),
        nomination: word(message, NOMINATION),
        network_cost: word(message, NETWORK_INFO).map(|word| (word & 0xffff) as u16),
    }
}

/// The address that the peer saw a check come from.
pub(super) fn mapped_address(message: &Message<'_>) -> Option<SocketAddr> {
    let raw = message.raw_attribute(XorMappedAddress::TYPE)?;
    let address = XorMappedAddress::from_raw_ref(&raw).ok()?;
    Some(address.addr(message.transaction_id()))
}

/// The code of an error answer.
pub(super) fn error_code(message: &Message<'_>) -> Option<u16> {
    let raw = message.raw_attribute(ErrorCode::TYPE)?;
    ErrorCode::from_raw_ref(&raw).ok().map(|error| error.code())
}

/// Values of attributes that somebody else reads.
pub(super) fn carried(message: &Message<'_>, kinds: &[u16]) -> Vec<CarriedAttribute> {
    let wanted = message
        .iter_attributes()
        .filter(|(_, attribute)| kinds.contains(&attribute.get_type().value()));
    let owned = wanted.map(|(_, attribute)| CarriedAttribute {
        kind: attribute.get_type().value(),
        value: attribute.value.to_vec(),
    });
    owned.take(CARRIED_MAX).collect()
}

fn fixed<const N: usize>(message: &Message<'_>, kind: AttributeType) -> Option<[u8; N]> {
    let raw = message.raw_attribute(kind)?;
    <[u8; N]>::try_from(&raw.value[..]).ok()
}

fn word(message: &Message<'_>, kind: AttributeType) -> Option<u32> {
    fixed::<4>(message, kind).map(u32::from_be_bytes)
}

/// Room for a message with usual names, so that it is written without growing.
const USUAL_BYTES: usize = 160;

fn begin(class: MessageClass, transaction: TransactionId) -> MessageWriteVec {
    let kind = MessageType::from_class_method(class, BINDING);
    Message::builder(kind, transaction, MessageWriteVec::with_capacity(USUAL_BYTES))
}

fn push(written: &mut MessageWriteVec, kind: AttributeType, value: &[u8]) {
    written.push_attribute_unchecked(&RawAttribute::new(kind, value));
}

fn push_carried(written: &mut MessageWriteVec, carried: &[CarriedAttribute]) {
    for attribute in carried.iter().take(CARRIED_MAX) {
        push(written, AttributeType::new(attribute.kind), &attribute.value);
    }
}

fn sign(mut written: MessageWriteVec, key: &IntegrityKey) -> Vec<u8> {
    written
        .add_message_integrity_with_key(key, IntegrityAlgorithm::Sha1)
        .expect("a message in the making is not signed yet and has no limit");
    written.add_fingerprint().expect("a signed message has no fingerprint yet");
    written.finish()
}

/// Writes a check.
pub(super) fn write_request(check: &Outgoing<'_>) -> Vec<u8> {
    let mut written = begin(MessageClass::Request, check.transaction);
    let username = format!("{}:{}", check.to_ufrag, check.from_ufrag);
    push(&mut written, Username::TYPE, username.as_bytes());
    push(&mut written, PRIORITY, &check.priority.to_be_bytes());
    let role = if check.role.controlling { ICE_CONTROLLING } else { ICE_CONTROLLED };
    push(&mut written, role, &check.role.tie_breaker.to_be_bytes());
    if check.use_candidate {
        push(&mut written, USE_CANDIDATE, &[]);
    }
    if let Some(nomination) = check.nomination {
        push(&mut written, NOMINATION, &nomination.to_be_bytes());
    }
    if let Some((id, cost)) = check.network {
        let info = (u32::from(id) << 16) | u32::from(cost);
        push(&mut written, NETWORK_INFO, &info.to_be_bytes());
    }
    push_carried(&mut written, check.carried);
    sign(written, check.key)
}

/// Writes the answer to a check that came from `source`.
pub(super) fn write_success(
    transaction: TransactionId,
    source: SocketAddr,
    carried: &[CarriedAttribute],
    key: &IntegrityKey,
) -> Vec<u8> {
    let mut written = begin(MessageClass::Success, transaction);
    written.push_attribute_unchecked(&XorMappedAddress::new(source, transaction));
    push_carried(&mut written, carried);
    sign(written, key)
}

/// RFC 8445 section 7.3.1.1: the sender is to change its role.
pub(super) fn write_role_conflict(transaction: TransactionId, key: &IntegrityKey) -> Vec<u8> {
    write_error(transaction, ErrorCode::ROLE_CONFLICT, &[], key)
}

/// RFC 8489 section 6.3.1: the request has attributes that are not understood.
pub(super) fn write_unknown(
    transaction: TransactionId,
    unknown: &[u16],
    key: &IntegrityKey,
) -> Vec<u8> {
    write_error(transaction, ErrorCode::UNKNOWN_ATTRIBUTE, unknown, key)
}

fn write_error(
    transaction: TransactionId,
    code: u16,
    unknown: &[u16],
    key: &IntegrityKey,
) -> Vec<u8> {
    let mut written = begin(MessageClass::Error, transaction);
    let error = ErrorCode::new(code, "").expect("a code between 300 and 699");
    written.push_attribute_unchecked(&error);
    if !unknown.is_empty() {
        let unknown: Vec<AttributeType> = unknown.iter().copied().map(Into::into).collect();
        written.push_attribute_unchecked(&UnknownAttributes::new(&unknown));
    }
    sign(written, key)
}
