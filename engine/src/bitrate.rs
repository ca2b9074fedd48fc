//! Bits per second.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

const NANOS_PER_SEC: u128 = 1_000_000_000;

/// A rate in bits per second.
///
/// ```
/// use std::time::Duration;
/// use lapwing_engine::Bitrate;
/// assert_eq!(Bitrate::kbps(300).as_bps(), 300_000);
/// assert_eq!(Bitrate::mbps(2).to_string(), "2.00 Mbit/s");
///
/// let rate = Bitrate::kbps(1_200);
/// assert_eq!(rate.bytes_in(Duration::from_millis(10)), 1_500);
/// assert_eq!(rate.time_for(1_500), Some(Duration::from_millis(10)));
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Bitrate(u64);

impl Bitrate {
    /// Nothing moves.
    pub const ZERO: Bitrate = Bitrate(0);

    /// From bits per second.
    pub const fn bps(bits: u64) -> Self {
        Bitrate(bits)
    }

    /// From thousands of bits per second.
    pub const fn kbps(kilobits: u64) -> Self {
        Bitrate(kilobits.saturating_mul(1_000))
    }

    /// From millions of bits per second.
    pub const fn mbps(megabits: u64) -> Self {
        Bitrate(megabits.saturating_mul(1_000_000))
    }

    /// In bits per second.
    pub const fn as_bps(self) -> u64 {
        self.0
    }

    /// Whole bytes that pass in `span`.
    pub fn bytes_in(self, span: Duration) -> u64 {
        let bits = u128::from(self.0) * span.as_nanos() / NANOS_PER_SEC;
        u64::try_from(bits / 8).unwrap_or(u64::MAX)
    }

    /// How long `bytes` take, rounded up to a nanosecond; `None` when they never pass.
    pub fn time_for(self, bytes: u64) -> Option<Duration> {
        if self.0 == 0 {
            return None;
        }
        let nanos = (u128::from(bytes) * 8 * NANOS_PER_SEC).div_ceil(u128::from(self.0));
        u64::try_from(nanos).ok().map(Duration::from_nanos)
    }
}

impl fmt::Display for Bitrate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0..1_000 => write!(f, "{} bit/s", self.0),
            1_000..1_000_000 => write!(f, "{:.1} kbit/s", self.0 as f64 / 1e3),
            _ => write!(f, "{:.2} Mbit/s", self.0 as f64 / 1e6),
        }
    }
}
