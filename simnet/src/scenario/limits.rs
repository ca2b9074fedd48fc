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

/// The fastest media of a flow. A call costs a core as much time as it lasts at about 360 Mbit/s
/// (`cargo bench -p lapwing-benches --bench simnet_speed`), so that one of this rate runs faster
/// than it would on a network.
pub(super) const MAX_VIDEO_BPS: u64 = 200_000_000;
/// The largest mean of frames: 833 packets, of which the first of a burst has three times as many.
pub(super) const MAX_FRAME_BYTES: f64 = 1e6;
/// The fastest audio: what Opus has at most (RFC 6716 section 2.1.1).
pub(super) const MAX_AUDIO_BPS: u64 = 510_000;
/// The largest packet of audio: one that is not cut has to fit the path.
pub(super) const MAX_AUDIO_BYTES: f64 = 1_200.0;
/// What TCP may cross, which always sends what it can: ten gigabits, 800,000 full packets a second.
pub(super) const MAX_FILLED_BPS: u64 = 10_000_000_000;

/// What is summed up over a whole scenario, and limited: tables, counts and rates are each within
/// their own bounds, and their product is what a run has to bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Links, boxes, servers, channels, and two hosts for each connection of cross traffic. A flow
    /// counts as ten.
    Parts,
    /// Packets in a second at most: of media, of messages at a rate, and of cross traffic of
    /// constant rate.
    PacketsPerSecond,
    /// Changes of capacity and delay, of links, as traces have them and generators draw them.
    Changes,
}

impl Extent {
    /// What a run bears.
    pub const fn most(self) -> f64 {
        match self {
            // A connected flow takes half a megabyte in a run of 500 s or more: 0.35 for rows of
            // bins, the rest for its engines.
            Extent::Parts => 10_000.0,
            // What a core carries over two links in about a second.
            Extent::PacketsPerSecond => 1e6,
            // 16 bytes each, and copies of them.
            Extent::Changes => 5e6,
        }
    }

    /// What is counted.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Extent::Parts => {
                "links, boxes, servers, channels, hosts of cross traffic and tenths of flows"
            }
            Extent::PacketsPerSecond => "packets a second",
            Extent::Changes => "changes of capacity and delay",
        }
    }
}

/// Any share of a whole.
pub(super) const SHARE: std::ops::RangeInclusive<f64> = 0.0..=1.0;

pub(super) fn millis(ms: f64) -> Duration {
    Duration::from_nanos((ms * 1e6).round() as u64)
}

pub(super) fn seconds(s: f64) -> Duration {
    Duration::from_nanos((s * 1e9).round() as u64)
}
