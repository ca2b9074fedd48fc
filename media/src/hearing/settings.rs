//! What a receiver of sound is told, and its units.

use std::time::Duration;

use lapwing_engine::PayloadType;

/// Samples per second of all that the receiver gives and reckons with.
pub(super) const RATE: u32 = 48_000;

/// Samples of a channel in a millisecond.
pub(super) const MS: i64 = RATE as i64 / 1_000;

/// Samples of a channel in what one pull gives: 10 ms.
pub(super) const PULL: usize = 10 * MS as usize;

/// How a receiver of sound works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HearingSettings {
    /// Channels of the sound that comes out: one or two.
    pub channels: u8,
    /// The playout lies at least this much behind the fastest packets.
    pub minimum: Duration,
    /// And at most this much.
    pub maximum: Duration,
    /// What the application would like, as `RTCRtpReceiver.jitterBufferTarget`: the playout lies
    /// at least this much behind where `maximum` allows.
    pub hint: Option<Duration>,
    /// Whether Opus makes up what is lost by a network that knows speech.
    pub deep_concealment: bool,
    /// Payload types of comfort noise (RFC 3389).
    pub comfort_noise: Vec<PayloadType>,
    /// Payload types of telephone events (RFC 4733).
    pub telephone_events: Vec<PayloadType>,
}

impl HearingSettings {
    /// One channel, 20 ms to 2 s, comfort noise of the static payload type 13 (RFC 3551).
    pub fn mono() -> Self {
        HearingSettings {
            channels: 1,
            minimum: Duration::from_millis(20),
            maximum: Duration::from_secs(2),
            hint: None,
            deep_concealment: true,
            comfort_noise: vec![PayloadType(13)],
            telephone_events: Vec::new(),
        }
    }

    /// As [`HearingSettings::mono`], with two channels.
    pub fn stereo() -> Self {
        HearingSettings { channels: 2, ..HearingSettings::mono() }
    }
}

/// A span in samples of a channel.
pub(super) fn samples(span: Duration) -> i64 {
    let samples = span.as_nanos() * u128::from(RATE) / 1_000_000_000;
    i64::try_from(samples).unwrap_or(i64::MAX).min(i64::MAX / 8)
}

/// So many samples of a channel as a span.
pub(super) fn span(samples: i64) -> Duration {
    let nanos = u128::from(samples.max(0).unsigned_abs()) * 1_000_000_000 / u128::from(RATE);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
