//! Why frames do not become payloads, and payloads no frames.

use std::fmt;

/// Why a frame cannot be packetised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PacketizeError {
    /// There is nothing in it.
    Empty,
    /// A packet has less room than [`PAYLOAD_BUDGET_MIN`](super::PAYLOAD_BUDGET_MIN).
    BudgetTooSmall,
    /// The format cannot split it, and it has no room in one packet.
    TooLarge,
    /// It is no frame of this codec.
    Malformed,
}

impl fmt::Display for PacketizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PacketizeError::Empty => "the frame is empty",
            PacketizeError::BudgetTooSmall => "a packet has too little room",
            PacketizeError::TooLarge => "the frame is larger than a packet and cannot be split",
            PacketizeError::Malformed => "the frame is none of this codec",
        })
    }
}

impl std::error::Error for PacketizeError {}

/// Why a payload is none of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadError {
    /// It ends too early.
    Truncated,
    /// A field has a value that the format does not allow.
    Malformed,
    /// It uses a part of the format that was not negotiated: interleaving, for one.
    Unsupported,
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PayloadError::Truncated => "the payload ends too early",
            PayloadError::Malformed => "the payload breaks the rules of its format",
            PayloadError::Unsupported => "the payload uses what was not negotiated",
        })
    }
}

impl std::error::Error for PayloadError {}
