//! The parts of one's own that this program's scenarios can name.

use std::sync::OnceLock;

use lapwing_simnet::Parts;

static PARTS: OnceLock<Parts> = OnceLock::new();

/// Brings parts, before any scenario is read; those that were brought first stay.
pub(crate) fn bring(parts: Parts) {
    let _ = PARTS.set(parts);
}

/// What was brought.
pub(super) fn parts() -> &'static Parts {
    PARTS.get_or_init(Parts::new)
}
