//! Limits of a pacer.

use std::time::Duration;

/// Bytes that may wait: two seconds at 4 Mbit/s. Whoever writes more does not follow the target.
const QUEUE_BYTES_MAX: usize = 1 << 20;

/// Packets that may wait: [`QUEUE_BYTES_MAX`] of packets of 256 bytes, so that small ones do not
/// take more memory than large ones.
const QUEUE_PACKETS_MAX: usize = 4_096;

/// How long a packet may wait before no more of its class are taken: what waits longer comes too
/// late for a conversation.
const QUEUE_TIME_MAX: Duration = Duration::from_secs(2);

/// What waits is to be gone within this time, at a higher rate than the target's if need be:
/// libwebrtc's bound on its queue.
const DRAIN_WITHIN: Duration = Duration::from_secs(2);

/// Limits of a pacer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacerConfig {
    /// Bytes that may wait. A packet larger than that may wait alone.
    pub bytes_max: usize,
    /// Packets that may wait.
    pub packets_max: usize,
    /// How long the oldest packet of a class may have waited when another one of it is taken.
    pub time_max: Duration,
    /// What waits is let out fast enough to be gone within this time. `None`: never faster than
    /// the target's pacing rate.
    pub drain_within: Option<Duration>,
}

impl Default for PacerConfig {
    fn default() -> Self {
        PacerConfig {
            bytes_max: QUEUE_BYTES_MAX,
            packets_max: QUEUE_PACKETS_MAX,
            time_max: QUEUE_TIME_MAX,
            drain_within: Some(DRAIN_WITHIN),
        }
    }
}
