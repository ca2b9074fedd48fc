//! What is told of packets on their way, in both directions.

use std::time::Instant;

use crate::feedback::{FeedbackKind, TransportFeedback};
use crate::rtcp::transport_feedback::{SentHistory, TransportCcRecorder};

/// Arrivals here that the peer is told, and what the peer tells of what was sent.
pub(super) struct Feedback {
    pub(super) arrivals: TransportCcRecorder,
    pub(super) sent: SentHistory,
    pub(super) told: TransportFeedback,
}

impl Feedback {
    pub(super) fn new(now: Instant) -> Self {
        Feedback {
            arrivals: TransportCcRecorder::new(now),
            sent: SentHistory::new(FeedbackKind::TransportWide),
            told: TransportFeedback::empty(now),
        }
    }
}
