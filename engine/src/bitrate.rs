//! Bits per second.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A rate in bits per second.
///
/// ```
/// use lapwing_engine::Bitrate;
/// assert_eq!(Bitrate::kbps(300).as_bps(), 300_000);
/// assert_eq!(Bitrate::mbps(2).to_string(), "2.00 Mbit/s");
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Bitrate(u64);

impl Bitrate {
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
