//! How much a scenario may ask for, and how its numbers become times.

use std::time::Duration;

/// Longest run: a day.
pub(super) const MAX_SECONDS: f64 = 86_400.0;
/// Fastest link: a terabit per second.
pub(super) const MAX_BPS: u64 = 1_000_000_000_000;
/// Longest delay: a minute.
pub(super) const MAX_DELAY_MS: f64 = 60_000.0;
/// What an IP packet can hold.
pub(super) const MAX_PACKET: u64 = 65_535;

/// Any share of a whole.
pub(super) const SHARE: std::ops::RangeInclusive<f64> = 0.0..=1.0;

pub(super) fn millis(ms: f64) -> Duration {
    Duration::from_nanos((ms * 1e6).round() as u64)
}

pub(super) fn seconds(s: f64) -> Duration {
    Duration::from_nanos((s * 1e9).round() as u64)
}
