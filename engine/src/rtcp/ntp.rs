//! Wall-clock time as RTCP carries it (RFC 3550 section 4): seconds since 1900 with 32 bits of
//! fraction.

use std::time::{Duration, Instant};

/// From 1 January 1900 to 1 January 1970.
const UNIX_EPOCH_SECS: u64 = 2_208_988_800;

const NANOS_PER_SEC: u128 = 1_000_000_000;

/// A moment of the wall clock, modulo 2^32 seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NtpTime(u64);

impl NtpTime {
    /// From 32 bits of seconds and 32 bits of fraction.
    pub const fn from_bits(bits: u64) -> Self {
        NtpTime(bits)
    }

    /// 32 bits of seconds and 32 bits of fraction.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// `unix` is the time since 1 January 1970.
    pub fn from_unix(unix: Duration) -> Self {
        let secs = unix.as_secs().wrapping_add(UNIX_EPOCH_SECS) as u32;
        let fraction = (u128::from(unix.subsec_nanos()) << 32) / NANOS_PER_SEC;
        NtpTime(u64::from(secs) << 32 | fraction as u64)
    }

    /// Time since 1 January 1970, taken to be in the 136 years that end in 2106 (no second era of
    /// RFC 5905 is told apart).
    pub fn as_unix(self) -> Duration {
        let secs = (self.0 >> 32).wrapping_sub(UNIX_EPOCH_SECS) as u32;
        Duration::new(u64::from(secs), fraction_nanos(self.0 as u32))
    }

    /// The middle 32 bits, which LSR, LRR and the timestamp of RFC 8888 carry.
    pub const fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

fn fraction_nanos(fraction: u32) -> u32 {
    ((u128::from(fraction) * NANOS_PER_SEC) >> 32) as u32
}

/// A span in 65,536ths of a second, as DLSR and DLRR carry it.
pub(super) fn to_short(span: Duration) -> u32 {
    u32::try_from((span.as_nanos() << 16) / NANOS_PER_SEC).unwrap_or(u32::MAX)
}

/// The span of so many 65,536ths of a second.
pub(super) fn from_short(short: u32) -> Duration {
    Duration::from_nanos(((u128::from(short) * NANOS_PER_SEC) >> 16) as u64)
}

/// What an engine's clock and the wall clock have to do with each other.
#[derive(Clone, Copy, Debug)]
pub struct NtpClock {
    start: Instant,
    unix_at_start: Duration,
}

impl NtpClock {
    /// `unix` is the time since 1 January 1970 at `now`.
    pub fn new(now: Instant, unix: Duration) -> Self {
        NtpClock { start: now, unix_at_start: unix }
    }

    /// The wall clock at a moment. Moments before the clock was made are taken for that one.
    pub fn at(&self, at: Instant) -> NtpTime {
        NtpTime::from_unix(self.unix_at_start + at.saturating_duration_since(self.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    #[test]
    fn unix_time_and_back() {
        let unix = Duration::new(1_780_000_000, 250_000_000);
        let ntp = NtpTime::from_unix(unix);
        assert_eq!(ntp.bits(), (1_780_000_000 + 2_208_988_800) << 32 | 0x4000_0000);
        assert_eq!(ntp.as_unix(), unix);
        assert_eq!(ntp.middle(), (3_988_988_800_u64 as u16 as u32) << 16 | 0x4000);
    }

    #[test]
    fn a_clock_runs_with_the_engine() {
        let clock = NtpClock::new(origin(), Duration::from_secs(1_780_000_000));
        let later = clock.at(origin() + Duration::from_millis(1_500));
        assert_eq!(later.as_unix(), Duration::from_millis(1_780_000_001_500));
    }

    #[test]
    fn short_spans_keep_15_microseconds() {
        assert_eq!(to_short(Duration::from_millis(1_500)), 0x1_8000);
        assert_eq!(from_short(0x1_8000), Duration::from_millis(1_500));
        assert_eq!(to_short(Duration::from_secs(1 << 20)), u32::MAX);
    }
}
