//! The one request that STUN and TURN servers alike answer without credentials.

use std::net::SocketAddr;

use stun_types::attribute::XorMappedAddress;
use stun_types::message::{
    BINDING, Message, MessageClass, MessageWrite, MessageWriteExt, MessageWriteVec,
};

/// The usual port of both (RFC 8489 section 8.1, RFC 8656 section 3.1).
pub(super) const PORT: u16 = 3_478;

/// That by TLS.
pub(super) const TLS_PORT: u16 = 5_349;

/// The answer to a Binding request from this address (RFC 8489 section 6.3.1): the address itself;
/// `None` for anything else.
pub(super) fn answer(datagram: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
    let request = Message::from_bytes(datagram).ok()?;
    if !request.has_method(BINDING) || !request.has_class(MessageClass::Request) {
        return None;
    }
    let mapped = XorMappedAddress::new(from, request.transaction_id());
    let mut response = Message::builder_success(&request, MessageWriteVec::new());
    response.add_attribute(&mapped).ok()?;
    response.add_fingerprint().ok()?;
    Some(response.finish())
}
