//! G.711: eight-bit logarithmic samples at 8 kHz (RFC 3551 section 4.5.14).

use std::time::Duration;

use lapwing_engine::{Codec, EncodedFrame};

use crate::codecs::fade::Fade;
use crate::codecs::framer::Framer;
use crate::codecs::laws::{decode_a, decode_mu};
use crate::codecs::{
    AudioDecoder, AudioEncoder, AudioSettings, CodecError, DecodeError, EncodeError,
};
use crate::samples::Samples;

/// Samples per second.
const RATE: u32 = 8_000;

/// Longest frame taken, in samples: a second. RFC 3551 knows 20 ms as the default; what is longer
/// is an attack on memory or a mistake.
const MAX_SAMPLES: usize = 8_000;

/// An encoder of either law.
pub struct G711Encoder {
    codec: Codec,
    framer: Framer,
}

impl G711Encoder {
    /// An encoder of [`Codec::Pcmu`] or [`Codec::Pcma`].
    ///
    /// # Errors
    /// When the codec is another, or the settings are not 8 kHz, mono, 1 to 60 whole milliseconds.
    pub fn new(codec: Codec, settings: &AudioSettings) -> Result<Self, CodecError> {
        check(codec, settings.rate, settings.channels)?;
        Ok(G711Encoder { codec, framer: Framer::of_milliseconds(codec, RATE, settings.frame)? })
    }
}

impl AudioEncoder for G711Encoder {
    fn codec(&self) -> Codec {
        self.codec
    }

    fn encode(&mut self, samples: &Samples) -> Result<Vec<EncodedFrame>, EncodeError> {
        self.framer.push(samples)?;
        let mut frames = Vec::new();
        while let Some(chunk) = self.framer.next() {
            let code = if self.codec == Codec::Pcmu { encode_mu } else { encode_a };
            let data = chunk.to_i16().into_iter().map(code).collect();
            frames.push(EncodedFrame {
                codec: self.codec,
                time: chunk.time(),
                keyframe: true,
                data,
            });
        }
        Ok(frames)
    }

    fn set_bitrate(&mut self, _bps: u32) {}

    fn set_expected_loss(&mut self, _percent: u8) {}
}

/// A decoder of either law. It conceals by the last frame, fading.
pub struct G711Decoder {
    codec: Codec,
    fade: Fade,
}

impl G711Decoder {
    /// A decoder of [`Codec::Pcmu`] or [`Codec::Pcma`].
    ///
    /// # Errors
    /// When the codec is another, or the rate is not 8 kHz or there is not one channel.
    pub fn new(codec: Codec, rate: u32, channels: u8) -> Result<Self, CodecError> {
        check(codec, rate, channels)?;
        Ok(G711Decoder { codec, fade: Fade::new(RATE) })
    }
}

impl AudioDecoder for G711Decoder {
    fn codec(&self) -> Codec {
        self.codec
    }

    fn decode(&mut self, frame: &EncodedFrame) -> Result<Samples, DecodeError> {
        DecodeError::check_codec(self.codec, frame.codec)?;
        if frame.data.is_empty() || frame.data.len() > MAX_SAMPLES {
            let message = format!("a frame of {} samples", frame.data.len());
            return Err(DecodeError::Corrupt { codec: self.codec, message });
        }
        let decode = if self.codec == Codec::Pcmu { decode_mu } else { decode_a };
        let linear: Vec<i16> = frame.data.iter().map(|&code| decode(code)).collect();
        Ok(self.fade.heard(&linear, frame.time))
    }

    fn conceal(&mut self, span: Duration) -> Samples {
        self.fade.conceal(span)
    }

    fn recover(&mut self, _next: &EncodedFrame, _span: Duration) -> Option<Samples> {
        None
    }
}

fn check(codec: Codec, rate: u32, channels: u8) -> Result<(), CodecError> {
    if !matches!(codec, Codec::Pcmu | Codec::Pcma) {
        return Err(CodecError::NotImplemented(codec));
    }
    if rate != RATE || channels != 1 {
        return Err(CodecError::Setting { codec, expected: "G.711 is 8 kHz mono" });
    }
    Ok(())
}

/// Mu-law: the magnitude plus a bias of 33 (here scaled by four) has its segment in the position
/// of its highest bit; all bits are sent inverted.
fn encode_mu(sample: i16) -> u8 {
    const BIAS: i32 = 0x84;
    const CLIP: i32 = 32_635;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(CLIP) + BIAS;
    let segment = (magnitude >> 7).ilog2();
    let mantissa = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | (segment << 4) as u8 | mantissa as u8)
}

/// A-law: the first two segments are linear with the same step; every other bit is sent inverted.
fn encode_a(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    // Negative numbers are taken by their complement, so that both signs have 128 codes.
    let magnitude = i32::from(if sample < 0 { !sample } else { sample }) >> 4;
    let code = if magnitude < 16 {
        magnitude
    } else {
        let segment = magnitude.ilog2() as i32 - 3;
        (segment << 4) | ((magnitude >> (segment - 1)) & 0x0f)
    };
    (code as u8 | sign) ^ 0x55
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the decoder of ffmpeg: single values, and a sum over all codes weighted by place.
    #[test]
    fn codes_have_the_values_of_the_tables() {
        let mu = [(0x00, -32_124), (0x2a, -5_372), (0x7f, 0), (0x8f, 16_764), (0xef, 132)];
        for (code, linear) in mu {
            assert_eq!(decode_mu(code), linear, "{code:#x}");
        }
        let a = [(0x2a, -32_256), (0x55, -8), (0x80, 5_504), (0x85, 4_224), (0xff, 848)];
        for (code, linear) in a {
            assert_eq!(decode_a(code), linear, "{code:#x}");
        }
        let sum = |decode: fn(u8) -> i16| -> i64 {
            (0..=u8::MAX).map(|code| i64::from(decode(code)) * (i64::from(code) + 1)).sum()
        };
        assert_eq!((sum(decode_mu), sum(decode_a)), (98_107_392, 100_139_008));
    }

    #[test]
    fn every_code_survives_decoding_and_encoding() {
        for code in 0..=u8::MAX {
            assert_eq!(encode_a(decode_a(code)), code);
            // Negative zero comes back as positive zero.
            let expected = if code == 0x7f { 0xff } else { code };
            assert_eq!(encode_mu(decode_mu(code)), expected);
        }
    }

    #[test]
    fn the_error_stays_below_one_step_of_the_segment() {
        for sample in i16::MIN..=i16::MAX {
            let clipped = i32::from(sample).clamp(-32_635, 32_635);
            for decoded in [decode_mu(encode_mu(sample)), decode_a(encode_a(sample))] {
                let error = (i32::from(decoded) - clipped).abs();
                // A step is a sixteenth of its segment; the smallest of both laws is 16.
                let bound = (clipped.abs() / 16).max(16);
                assert!(error <= bound, "{sample} became {decoded}");
            }
        }
    }
}
