//! G.722: 16 kHz speech in two bands at 64 kbit/s (RFC 3551 section 4.5.2), by the crate
//! `audio-codec`.
//!
//! Its RTP clock runs at 8 kHz, by an error of 1996 that has become the standard: frames carry
//! ticks of 8 kHz, samples are of 16 kHz.

use std::time::Duration;

use audio_codec::g722;
use audio_codec::{Decoder as _, Encoder as _};
use lapwing_engine::{Codec, EncodedFrame};

use crate::codecs::fade::Fade;
use crate::codecs::framer::Framer;
use crate::codecs::{
    AudioDecoder, AudioEncoder, AudioSettings, CodecError, DecodeError, EncodeError,
};
use crate::samples::Samples;

/// Samples per second.
const RATE: u32 = 16_000;

/// Longest frame taken, in bytes: a second. RFC 3551 knows 20 ms as the default; what is longer
/// is an attack on memory or a mistake.
const MAX_BYTES: usize = 8_000;

/// An encoder.
pub struct G722Encoder {
    encoder: g722::G722Encoder,
    framer: Framer,
}

impl G722Encoder {
    /// An encoder at 64 kbit/s.
    ///
    /// # Errors
    /// When the settings are not 16 kHz, mono, 1 to 60 whole milliseconds.
    pub fn new(settings: &AudioSettings) -> Result<Self, CodecError> {
        check(settings.rate, settings.channels)?;
        let framer = Framer::of_milliseconds(Codec::G722, RATE, settings.frame)?;
        Ok(G722Encoder { encoder: g722::G722Encoder::new(), framer })
    }
}

impl AudioEncoder for G722Encoder {
    fn codec(&self) -> Codec {
        Codec::G722
    }

    fn encode(&mut self, samples: &Samples) -> Result<Vec<EncodedFrame>, EncodeError> {
        self.framer.push(samples)?;
        let mut frames = Vec::new();
        while let Some(chunk) = self.framer.next() {
            frames.push(EncodedFrame {
                codec: Codec::G722,
                time: chunk.time().rebase(Codec::G722.clock_rate()),
                keyframe: true,
                data: self.encoder.encode(&chunk.to_i16()).into(),
            });
        }
        Ok(frames)
    }

    fn set_bitrate(&mut self, _bps: u32) {}

    fn set_expected_loss(&mut self, _percent: u8) {}
}

/// A decoder. It conceals by the last frame, fading.
pub struct G722Decoder {
    decoder: g722::G722Decoder,
    fade: Fade,
}

impl G722Decoder {
    /// A decoder of 64 kbit/s.
    ///
    /// # Errors
    /// When the rate is not 16 kHz or there is not one channel.
    pub fn new(rate: u32, channels: u8) -> Result<Self, CodecError> {
        check(rate, channels)?;
        Ok(G722Decoder { decoder: g722::G722Decoder::new(), fade: Fade::new(RATE) })
    }
}

impl AudioDecoder for G722Decoder {
    fn codec(&self) -> Codec {
        Codec::G722
    }

    fn decode(&mut self, frame: &EncodedFrame) -> Result<Samples, DecodeError> {
        DecodeError::check_codec(Codec::G722, frame.codec)?;
        if frame.data.is_empty() || frame.data.len() > MAX_BYTES {
            let message = format!("a frame of {} bytes", frame.data.len());
            return Err(DecodeError::Corrupt { codec: Codec::G722, message });
        }
        let linear = self.decoder.decode(&frame.data);
        Ok(self.fade.heard(&linear, frame.time))
    }

    fn conceal(&mut self, span: Duration) -> Samples {
        self.fade.conceal(span)
    }

    fn recover(&mut self, _next: &EncodedFrame, _span: Duration) -> Option<Samples> {
        None
    }
}

fn check(rate: u32, channels: u8) -> Result<(), CodecError> {
    if rate != RATE || channels != 1 {
        let expected = "G.722 is 16 kHz mono";
        return Err(CodecError::Setting { codec: Codec::G722, expected });
    }
    Ok(())
}
