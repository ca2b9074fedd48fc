//! Media time: a count of ticks of a clock with a known rate.

use std::time::Duration;

use serde::Serialize;

/// A point or a span of media time: `ticks` of a clock that runs at `rate` ticks per second.
///
/// RTP timestamps are media time modulo 2^32; this type does not wrap.
///
/// ```
/// use lapwing_engine::MediaTime;
/// let t = MediaTime::new(45_000, MediaTime::VIDEO_RATE);
/// assert_eq!(t.as_secs_f64(), 0.5);
/// assert_eq!(t.rebase(48_000).ticks(), 24_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct MediaTime {
    ticks: u64,
    rate: u32,
}

impl MediaTime {
    /// Clock rate of every video payload format we speak, in ticks per second.
    pub const VIDEO_RATE: u32 = 90_000;
    /// Clock rate of Opus in RTP (RFC 7587 section 4.1), in ticks per second.
    pub const OPUS_RATE: u32 = 48_000;

    /// `ticks` of a clock of `rate` ticks per second. A rate of zero is taken as one.
    pub const fn new(ticks: u64, rate: u32) -> Self {
        MediaTime { ticks, rate: if rate == 0 { 1 } else { rate } }
    }

    /// The moment `at` after zero, on a clock of `rate` ticks per second, rounded down.
    pub fn from_duration(at: Duration, rate: u32) -> Self {
        let ticks = at.as_nanos() * u128::from(rate) / 1_000_000_000;
        MediaTime::new(u64::try_from(ticks).unwrap_or(u64::MAX), rate)
    }

    /// Ticks since zero.
    pub const fn ticks(self) -> u64 {
        self.ticks
    }

    /// Ticks per second.
    pub const fn rate(self) -> u32 {
        self.rate
    }

    /// The same moment on a clock of another rate, rounded down.
    pub fn rebase(self, rate: u32) -> Self {
        let ticks = u128::from(self.ticks) * u128::from(rate) / u128::from(self.rate);
        MediaTime::new(u64::try_from(ticks).unwrap_or(u64::MAX), rate)
    }

    /// Seconds since zero.
    pub fn as_secs_f64(self) -> f64 {
        self.ticks as f64 / f64::from(self.rate)
    }

    /// Time since zero, rounded down to nanoseconds.
    pub fn as_duration(self) -> Duration {
        let secs = self.ticks / u64::from(self.rate);
        let rest = u128::from(self.ticks % u64::from(self.rate));
        let nanos = rest * 1_000_000_000 / u128::from(self.rate);
        Duration::new(secs, nanos as u32)
    }
}

impl std::ops::Add<Duration> for MediaTime {
    type Output = MediaTime;

    fn add(self, span: Duration) -> MediaTime {
        let span = MediaTime::from_duration(span, self.rate);
        MediaTime { ticks: self.ticks.saturating_add(span.ticks), rate: self.rate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_and_ticks_agree() {
        let t = MediaTime::from_duration(Duration::from_millis(1_250), 48_000);
        assert_eq!(t.ticks(), 60_000);
        assert_eq!(t.as_duration(), Duration::from_millis(1_250));
    }

    #[test]
    fn a_day_of_video_does_not_wrap() {
        let day = MediaTime::from_duration(Duration::from_secs(86_400), MediaTime::VIDEO_RATE);
        assert_eq!(day.ticks(), 86_400 * 90_000);
        assert_eq!((day + Duration::from_secs(1)).ticks(), 86_401 * 90_000);
    }
}
