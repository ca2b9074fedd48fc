//! An origin of time for tests.

use std::sync::OnceLock;
use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "tests need some instant to count from")]
pub(crate) fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}
