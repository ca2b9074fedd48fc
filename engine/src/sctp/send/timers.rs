//! What runs while something is on the way.

use std::time::Instant;

/// What runs.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// A piece may be lost then.
    pub(super) reorder: Option<Instant>,
    pub(super) probe: Option<Instant>,
    pub(super) timeout: Option<Instant>,
    /// A probe is on its way; what was sent up to this is not probed for again.
    pub(super) probed: u64,
}
