//! Why a request is not served.

use std::net::SocketAddr;

use stun_types::attribute::AttributeType;

/// Why, in the codes of RFC 8489 section 14.8 and RFC 8656 section 19.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Another server has room.
    TryAlternate(SocketAddr),
    BadRequest,
    /// The signature is missing, or does not fit.
    Unauthenticated,
    Forbidden,
    Unknown(Vec<AttributeType>),
    Mismatch,
    StaleNonce,
    FamilyNotSupported,
    WrongCredentials,
    TransportNotSupported,
    PeerFamilyMismatch,
    QuotaReached,
    InsufficientCapacity,
}

impl Refusal {
    pub(super) fn code(&self) -> u16 {
        match self {
            Refusal::TryAlternate(_) => 300,
            Refusal::BadRequest => 400,
            Refusal::Unauthenticated => 401,
            Refusal::Forbidden => 403,
            Refusal::Unknown(_) => 420,
            Refusal::Mismatch => 437,
            Refusal::StaleNonce => 438,
            Refusal::FamilyNotSupported => 440,
            Refusal::WrongCredentials => 441,
            Refusal::TransportNotSupported => 442,
            Refusal::PeerFamilyMismatch => 443,
            Refusal::QuotaReached => 486,
            Refusal::InsufficientCapacity => 508,
        }
    }
}
