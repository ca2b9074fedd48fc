//! How far the assembly of a stream is.

use std::time::Instant;

/// How far a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begun {
    /// Nothing came.
    No,
    /// Packets came; one before them may still be the first.
    Packets,
    /// A frame was handed out, or given up.
    Frames,
}

/// What is known of the packet before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing: it did not come.
    Unknown,
    /// It was the last of its frame.
    Ended,
    /// It had this timestamp, and no marker.
    Of(u64),
}

/// What is known of the frame that is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Its last packet.
    Complete(u64),
    /// A packet of it, or before it, is missing, since then.
    Missing(u64, Instant),
    /// More of it is to come.
    Open,
}
