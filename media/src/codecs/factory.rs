//! Encoders and decoders by name.

use lapwing_engine::{Codec, MediaKind};

use crate::codecs::{
    AudioDecoder, AudioEncoder, AudioSettings, CodecError, VideoDecoder, VideoEncoder,
    VideoSettings,
};

/// An encoder of pictures.
///
/// # Errors
/// When the codec is not for pictures, not built in, or cannot work with the settings.
///
/// ```
/// use lapwing_engine::Codec;
/// use lapwing_media::{CodecError, VideoSettings, video_encoder};
///
/// let settings = VideoSettings::new(320, 180, 300_000);
/// let error = video_encoder(Codec::Opus, &settings).err();
/// assert_eq!(error, Some(CodecError::WrongKind(Codec::Opus)));
/// ```
pub fn video_encoder(
    codec: Codec,
    settings: &VideoSettings,
) -> Result<Box<dyn VideoEncoder>, CodecError> {
    let _ = settings; // Not looked at when no encoder is built in.
    match codec {
        #[cfg(feature = "vpx")]
        Codec::Vp8 | Codec::Vp9 => Ok(Box::new(crate::codecs::VpxEncoder::new(codec, settings)?)),
        #[cfg(feature = "h264")]
        Codec::H264 => Ok(Box::new(crate::codecs::H264Encoder::new(settings)?)),
        // It serves files as well as the other, ten times faster.
        #[cfg(feature = "av1-aom")]
        Codec::Av1 => Ok(Box::new(crate::codecs::LiveAv1Encoder::new(settings)?)),
        #[cfg(all(feature = "av1-encode", not(feature = "av1-aom")))]
        Codec::Av1 => Ok(Box::new(crate::codecs::Av1Encoder::new(settings)?)),
        _ => Err(absent(codec, MediaKind::Video, "av1-encode")),
    }
}

/// A decoder of pictures.
///
/// # Errors
/// When the codec is not for pictures or not built in.
pub fn video_decoder(codec: Codec) -> Result<Box<dyn VideoDecoder>, CodecError> {
    match codec {
        #[cfg(feature = "vpx")]
        Codec::Vp8 | Codec::Vp9 => Ok(Box::new(crate::codecs::VpxDecoder::new(codec)?)),
        #[cfg(feature = "h264")]
        Codec::H264 => Ok(Box::new(crate::codecs::H264Decoder::new()?)),
        #[cfg(feature = "av1-decode")]
        Codec::Av1 => Ok(Box::new(crate::codecs::Av1Decoder::new()?)),
        _ => Err(absent(codec, MediaKind::Video, "av1-decode")),
    }
}

/// An encoder of sound.
///
/// # Errors
/// When the codec is not for sound, not built in, or cannot work with the settings.
pub fn audio_encoder(
    codec: Codec,
    settings: &AudioSettings,
) -> Result<Box<dyn AudioEncoder>, CodecError> {
    let _ = settings; // Not looked at when no encoder is built in.
    match codec {
        #[cfg(feature = "opus")]
        Codec::Opus => Ok(Box::new(crate::codecs::OpusEncoder::new(settings)?)),
        #[cfg(feature = "g711")]
        Codec::Pcmu | Codec::Pcma => {
            Ok(Box::new(crate::codecs::G711Encoder::new(codec, settings)?))
        }
        #[cfg(feature = "g722")]
        Codec::G722 => Ok(Box::new(crate::codecs::G722Encoder::new(settings)?)),
        _ => Err(absent(codec, MediaKind::Audio, "")),
    }
}

/// A decoder of sound that gives samples at `rate` in Hz on `channels` channels. Opus gives 8, 12,
/// 16, 24 or 48 kHz on one or two, G.711 8 kHz and G.722 16 kHz on one.
///
/// # Errors
/// When the codec is not for sound, not built in, or gives no such samples.
pub fn audio_decoder(
    codec: Codec,
    rate: u32,
    channels: u8,
) -> Result<Box<dyn AudioDecoder>, CodecError> {
    let _ = (rate, channels); // Not looked at when no decoder is built in.
    match codec {
        #[cfg(feature = "opus")]
        Codec::Opus => Ok(Box::new(crate::codecs::OpusDecoder::new(rate, channels)?)),
        #[cfg(feature = "g711")]
        Codec::Pcmu | Codec::Pcma => {
            Ok(Box::new(crate::codecs::G711Decoder::new(codec, rate, channels)?))
        }
        #[cfg(feature = "g722")]
        Codec::G722 => Ok(Box::new(crate::codecs::G722Decoder::new(rate, channels)?)),
        _ => Err(absent(codec, MediaKind::Audio, "")),
    }
}

/// Why `codec` was not found among those of `kind`; `av1` is the feature that would bring AV1.
fn absent(codec: Codec, kind: MediaKind, av1: &'static str) -> CodecError {
    let feature = match codec {
        _ if codec.kind() != kind => return CodecError::WrongKind(codec),
        Codec::Av1 => av1,
        Codec::Vp8 | Codec::Vp9 => "vpx",
        Codec::H264 => "h264",
        Codec::Opus => "opus",
        Codec::Pcmu | Codec::Pcma => "g711",
        Codec::G722 => "g722",
        Codec::H265 => return CodecError::NotImplemented(codec),
    };
    CodecError::NotBuiltIn { codec, feature }
}
