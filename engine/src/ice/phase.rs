//! How far the search for a path got.

use std::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// A description is missing.
    Waiting,
    /// No path of this generation worked yet.
    Checking { since: Instant },
    /// A path works, or did when last asked.
    Up,
    /// The path in use is gone, and no other works.
    Down { since: Instant },
    /// Over, until ICE restarts.
    Failed,
}
