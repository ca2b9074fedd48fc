//! What a sender does against losses.

use std::time::Duration;

use lapwing_engine::{Codec, CopyDistances, EncodedFrame};
use lapwing_media::{AudioSettings, Samples, audio_encoder, resample};

use crate::redundant::Copies;

/// How speech is sent.
#[derive(Clone, Copy)]
pub(crate) struct Sender {
    pub(crate) fec: bool,
    /// How far back each packet tells of what was before it.
    pub(crate) dred: Duration,
    /// With which of the frames after it each is sent again.
    pub(crate) copies: Copies,
    /// Of the encoder, copies beside it.
    pub(crate) bitrate_bps: u32,
    /// What the encoder reckons with.
    pub(crate) expected_loss_percent: u8,
    /// How hard the encoder tries, of 10.
    pub(crate) complexity: u8,
}

impl Sender {
    /// Nothing but the encoder's own copies, if those.
    pub(crate) const fn plain(fec: bool) -> Self {
        Sender {
            fec,
            dred: Duration::ZERO,
            copies: Copies::Fixed(CopyDistances::NONE),
            bitrate_bps: AudioSettings::SPEECH.bitrate_bps,
            expected_loss_percent: AudioSettings::SPEECH.expected_loss_percent,
            complexity: AudioSettings::SPEECH.complexity,
        }
    }

    /// What the encoder is told.
    pub(crate) fn encoder(&self) -> AudioSettings {
        AudioSettings {
            fec: self.fec,
            dred: self.dred,
            bitrate_bps: self.bitrate_bps,
            expected_loss_percent: self.expected_loss_percent,
            complexity: self.complexity,
            ..AudioSettings::SPEECH
        }
    }

    /// The frames of this speech. Some go on after the last word, so that nothing is concealed
    /// there.
    pub(crate) fn encode(&self, speech: &Samples) -> Vec<EncodedFrame> {
        let mut data = resample(speech, 48_000).expect("speech has a rate").into_data();
        data.resize(data.len() + 24_000, 0.0);
        let samples = Samples::new(data, 48_000, 1, speech.time()).expect("mono is a format");
        let encoder = audio_encoder(Codec::Opus, &self.encoder());
        let mut encoder = encoder.expect("Opus is built in");
        encoder.encode(&samples).expect("the clip is good")
    }
}

/// What so many bytes for frames of 20 ms take, without headers of packets.
pub(crate) fn kbit_per_second(bytes: usize, frames: usize) -> f64 {
    let spoken = Duration::from_millis(20) * frames as u32;
    bytes as f64 * 8.0 / spoken.as_secs_f64() / 1_000.0
}
