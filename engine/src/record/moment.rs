//! Moments as numbers.

use std::time::{Duration, Instant};

/// Signed nanoseconds from `started` to `at`.
pub(crate) fn nanos(at: Instant, started: Instant) -> i64 {
    let limited = |span: Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
    match at.checked_duration_since(started) {
        Some(after) => limited(after),
        None => -limited(started.duration_since(at)),
    }
}

/// The moment so many nanoseconds from `started`, where a clock has it.
pub(crate) fn moment(ns: i64, started: Instant) -> Option<Instant> {
    let span = Duration::from_nanos(ns.unsigned_abs());
    if ns < 0 { started.checked_sub(span) } else { started.checked_add(span) }
}
