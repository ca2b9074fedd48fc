//! What client and server read alike: messages (RFC 8489 section 5), channel data (RFC 8656 section
//! 12.4), and the contents of indications (section 11).

use std::net::SocketAddr;

use stun_types::attribute::{AttributeFromRaw, AttributeStaticType};
use stun_types::message::{Message, MessageHeader};
use turn_types::attribute::{Data, XorPeerAddress};

/// Bytes of the type and length of an attribute.
const ATTRIBUTE_HEADER: usize = 4;

/// Reads a message that is all of the bytes. A FINGERPRINT that is there must fit.
pub(super) fn parse(contents: &[u8]) -> Option<Message<'_>> {
    let header = MessageHeader::from_bytes(contents).ok()?;
    let length = usize::from(header.data_length());
    if !length.is_multiple_of(4) || MessageHeader::LENGTH + length != contents.len() {
        return None;
    }
    Message::from_bytes(contents).ok()
}

/// Takes channel data apart: its channel and its contents. Behind them there may be padding.
pub(super) fn channel_data(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (&[high, low, length_high, length_low], rest) = bytes.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes([length_high, length_low]));
    Some((u16::from_be_bytes([high, low]), rest.get(..length)?))
}

/// The peer that an indication names, and the contents where they stand in its bytes.
pub(super) fn peer_and_data<'a>(
    message: &Message<'_>,
    bytes: &'a [u8],
) -> Option<(SocketAddr, &'a [u8])> {
    let raw = message.raw_attribute(XorPeerAddress::TYPE)?;
    let peer = XorPeerAddress::from_raw_ref(&raw).ok()?.addr(message.transaction_id());
    let (offset, data) = message.raw_attribute_and_offset(Data::TYPE)?;
    let start = offset + ATTRIBUTE_HEADER;
    Some((peer, bytes.get(start..start + data.value.len())?))
}
