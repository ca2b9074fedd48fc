//! What a call came to.

use std::time::Duration;

/// A call that came about, with frames decoded both ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Kinds of the selected candidates: each side's own, and the other's as it sees it.
    pub selected: [[String; 2]; 2],
    /// From the request for an offer until ICE was connected at both ends.
    pub ice: Duration,
    /// From the request for an offer until the connection was, which waits for DTLS.
    pub connected: Duration,
}
