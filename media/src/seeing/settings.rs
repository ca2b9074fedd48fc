//! What a receiver of pictures is told, and its units.

use std::time::Duration;

use lapwing_engine::EncodedFrame;

/// A millisecond in the receiver's unit.
pub(super) const MS: i64 = 1_000;

/// A second.
pub(super) const SECOND: i64 = 1_000 * MS;

/// Beyond this no time goes, so that sums of a few cannot overflow: 36,000 years.
const FAR: i64 = i64::MAX / 8;

/// How a receiver of pictures works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeeingSettings {
    /// Pictures are shown at least this much behind the fastest frames. What the sender asks for by
    /// `playout-delay` holds within this and `maximum`.
    pub minimum: Duration,
    /// And at most this much.
    pub maximum: Duration,
    /// What the application would like, as `RTCRtpReceiver.jitterBufferTarget`: at least this much
    /// where `maximum` allows.
    pub hint: Option<Duration>,
    /// How long a frame that follows on nothing waits for what is missing. Sessions of the engine
    /// have waited for repairs before they hand such a frame over, so that it is zero for them.
    pub repair: Duration,
    /// Time from one request for a key frame to the next, until it comes.
    pub keyframe_every: Duration,
    /// What it takes to show a picture that was decoded.
    pub render: Duration,
}

impl SeeingSettings {
    /// For frames of the engine's sessions: no lower limit, 2 s at most, a request for a key frame
    /// every 300 ms, 10 ms to show a picture.
    pub const fn call() -> Self {
        SeeingSettings {
            minimum: Duration::ZERO,
            maximum: Duration::from_secs(2),
            hint: None,
            repair: Duration::ZERO,
            keyframe_every: Duration::from_millis(300),
            render: Duration::from_millis(10),
        }
    }
}

/// A span in the receiver's unit, microseconds.
pub(super) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(FAR).min(FAR)
}

/// So many microseconds as a span.
pub(super) fn span(micros: i64) -> Duration {
    Duration::from_micros(micros.max(0).unsigned_abs())
}

/// The media time of a frame in microseconds.
pub(super) fn media_time(frame: &EncodedFrame) -> i64 {
    micros(frame.time.as_duration())
}
