//! AAC-LC, by way of `symphonia-codec-aac`. Calls have none: it is for files alone.

use lapwing_engine::MediaTime;
use symphonia_codec_aac::AacDecoder;
use symphonia_core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

use crate::files::FileError;
use crate::samples::Samples;

/// Decodes packets of AAC.
pub(super) struct Aac {
    decoder: AacDecoder,
    rate: u32,
    channels: u8,
}

impl Aac {
    /// A decoder for what an `AudioSpecificConfig` describes.
    pub(super) fn new(config: &[u8]) -> Result<Self, FileError> {
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(CODEC_ID_AAC).with_extra_data(config.into());
        let decoder = AacDecoder::try_new(&parameters, &AudioDecoderOptions::default());
        let refused = |_| FileError::Unsupported { what: "AAC other than AAC-LC".to_owned() };
        let decoder = decoder.map_err(refused)?;
        let told = decoder.codec_params();
        let rate = told.sample_rate.unwrap_or(0);
        let channels = told.channels.as_ref().map_or(0, |channels| channels.count());
        let channels = u8::try_from(channels).unwrap_or(u8::MAX);
        if Samples::new(Vec::new(), rate, channels, MediaTime::new(0, rate.max(1))).is_err() {
            let what = format!("AAC of {rate} Hz on {channels} channels");
            return Err(FileError::Unsupported { what });
        }
        Ok(Aac { decoder, rate, channels })
    }

    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    pub(super) fn channels(&self) -> u8 {
        self.channels
    }

    /// The samples of a packet, with time zero. `None` when it cannot be decoded.
    pub(super) fn decode(&mut self, data: &[u8]) -> Option<Samples> {
        let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(0), data);
        let buffer = self.decoder.decode_ref(&packet).ok()?;
        let mut samples = Vec::new();
        buffer.copy_to_vec_interleaved(&mut samples);
        Samples::new(samples, self.rate, self.channels, MediaTime::new(0, self.rate)).ok()
    }

    /// Forgets what came before.
    pub(super) fn reset(&mut self) {
        self.decoder.reset();
    }
}
