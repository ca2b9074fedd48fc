//! Descriptions as an application hands them on.

use serde::{Deserialize, Serialize};

use super::signaling::SdpType;

/// `RTCSessionDescription`: SDP and what it is meant as. Its serialised form is the W3C's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDescription {
    /// Offer, answer, or something between them.
    #[serde(rename = "type")]
    pub kind: SdpType,
    /// The text; empty for a rollback.
    #[serde(default)]
    pub sdp: String,
}

impl SessionDescription {
    /// This one, an answer, for the time being: the exchange goes on (`pranswer`).
    #[must_use]
    pub fn provisional(mut self) -> Self {
        self.kind = SdpType::Pranswer;
        self
    }
}
