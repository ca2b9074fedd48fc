//! What a cipher is told of a packet, and what it answers.

use openssl::error::ErrorStack;

/// Which way packets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Outbound,
    Inbound,
}

/// What makes the key stream of a packet its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nonce {
    pub(super) ssrc: u32,
    /// 48 bits for RTP, 31 for RTCP.
    pub(super) index: u64,
}

/// A packet that cannot be opened. Nothing more is told: whoever forged it may listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault;

impl From<ErrorStack> for Fault {
    fn from(_: ErrorStack) -> Self {
        Fault
    }
}
