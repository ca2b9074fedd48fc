//! Encoders and decoders, each behind one file and one cargo feature.

#[cfg(feature = "av1-aom")]
mod aom_encoder;
#[cfg(feature = "av1-decode")]
mod av1_decoder;
#[cfg(feature = "av1-encode")]
mod av1_encoder;
mod bits;
mod capability;
mod error;
mod factory;
#[cfg(any(feature = "g711", feature = "g722"))]
mod fade;
#[cfg(any(feature = "g711", feature = "g722", feature = "opus"))]
mod framer;
#[cfg(feature = "g711")]
mod g711;
#[cfg(feature = "g722")]
mod g722;
#[cfg(feature = "h264")]
mod h264_decoder;
#[cfg(feature = "h264")]
mod h264_encoder;
mod h264_sps;
mod headers;
mod laws;
pub mod obu;
#[cfg(feature = "opus")]
mod opus_codec;
#[cfg(feature = "dred")]
mod opus_dred;
#[cfg(feature = "opus")]
mod opus_packet;
#[cfg(feature = "dred")]
mod opus_recall;
#[cfg(any(feature = "av1-aom", feature = "vpx"))]
mod presentation;
#[cfg(feature = "vpx")]
mod spatial;
#[cfg(feature = "vpx")]
mod temporal;
mod traits;
mod vp9_header;
#[cfg(feature = "vpx")]
mod vpx;
#[cfg(feature = "vpx")]
mod vpx_config;
#[cfg(feature = "vpx")]
mod vpx_context;
#[cfg(feature = "vpx")]
mod vpx_spatial;

#[cfg(feature = "av1-aom")]
pub use aom_encoder::LiveAv1Encoder;
#[cfg(feature = "av1-decode")]
pub use av1_decoder::Av1Decoder;
#[cfg(feature = "av1-encode")]
pub use av1_encoder::Av1Encoder;
pub(crate) use capability::layers_max;
pub use capability::{CodecCapability, capabilities, prefer};
pub use error::{CodecError, DecodeError, EncodeError};
pub use factory::{audio_decoder, audio_encoder, video_decoder, video_encoder};
#[cfg(feature = "g711")]
pub use g711::{G711Decoder, G711Encoder};
#[cfg(feature = "g722")]
pub use g722::{G722Decoder, G722Encoder};
#[cfg(feature = "h264")]
pub use h264_decoder::H264Decoder;
#[cfg(feature = "h264")]
pub use h264_encoder::H264Encoder;
pub use headers::{is_keyframe, join_layers, picture_size};
pub(crate) use laws::{decode_a, decode_mu};
#[cfg(feature = "opus")]
pub use opus_codec::{OpusDecoder, OpusEncoder};
pub use traits::{
    AudioContent, AudioDecoder, AudioEncoder, AudioSettings, MAX_CONCEALED, VideoContent,
    VideoDecoder, VideoEncoder, VideoSettings,
};
#[cfg(feature = "vpx")]
pub use vpx::{VpxDecoder, VpxEncoder};
