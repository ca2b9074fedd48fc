//! What can go wrong with a codec.

use std::fmt;

use lapwing_engine::Codec;

use crate::picture::PictureError;

/// Why there is no such encoder or decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodecError {
    /// This program was built without the codec.
    NotBuiltIn {
        /// The codec asked for.
        codec: Codec,
        /// The cargo feature of this crate that brings it.
        feature: &'static str,
    },
    /// This crate has no such encoder or decoder.
    NotImplemented(Codec),
    /// An audio codec was asked for pictures, or the other way round.
    WrongKind(Codec),
    /// The codec does not work with this picture size.
    Size(PictureError),
    /// The codec does not work with a value of the settings.
    Setting {
        /// The codec asked for.
        codec: Codec,
        /// Which setting, and what it may be.
        expected: &'static str,
    },
    /// The library refused.
    Library {
        /// The codec asked for.
        codec: Codec,
        /// The library's own words.
        message: String,
    },
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CodecError::NotBuiltIn { codec, feature } => {
                write!(f, "{codec} is not built in: it needs the cargo feature {feature:?}")
            }
            CodecError::NotImplemented(codec) => write!(f, "there is no {codec} here"),
            CodecError::WrongKind(codec) => write!(f, "{codec} is a codec for {}", codec.kind()),
            CodecError::Size(error) => error.fmt(f),
            CodecError::Setting { codec, expected } => {
                write!(f, "{codec} cannot work so: {expected}")
            }
            CodecError::Library { codec, message } => write!(f, "{codec}: {message}"),
        }
    }
}

impl std::error::Error for CodecError {}

impl From<PictureError> for CodecError {
    fn from(error: PictureError) -> Self {
        CodecError::Size(error)
    }
}

/// Why something was not encoded. The encoder stays usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// The picture has another size, and the encoder could not be set up for it.
    Reconfigure(CodecError),
    /// The picture could not be scaled.
    Picture(PictureError),
    /// The samples have another rate or another number of channels than the encoder.
    Format {
        /// Rate in Hz and channels of the encoder.
        expected: (u32, u8),
        /// Rate in Hz and channels of the samples.
        got: (u32, u8),
    },
    /// The library failed.
    Library {
        /// The codec.
        codec: Codec,
        /// The library's own words.
        message: String,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::Reconfigure(error) => write!(f, "cannot follow the picture: {error}"),
            EncodeError::Picture(error) => error.fmt(f),
            EncodeError::Format { expected, got } => write!(
                f,
                "samples of {} Hz and {} channels for an encoder of {} Hz and {} channels",
                got.0, got.1, expected.0, expected.1
            ),
            EncodeError::Library { codec, message } => write!(f, "{codec} encoder: {message}"),
        }
    }
}

impl std::error::Error for EncodeError {}

/// Why a frame was not decoded. The decoder stays usable: ask for a key frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The frame is of another codec.
    WrongCodec {
        /// The decoder's codec.
        expected: Codec,
        /// The frame's codec.
        got: Codec,
    },
    /// The bytes break the rules of the codec, or refer to a frame that was lost.
    Corrupt {
        /// The codec.
        codec: Codec,
        /// What the library, or the parser before it, found.
        message: String,
    },
    /// The picture is larger than [`Picture`](crate::Picture) allows.
    TooLarge(PictureError),
    /// Valid, and not something WebRTC sends: another chroma layout or depth.
    Unsupported {
        /// The codec.
        codec: Codec,
        /// What it is.
        what: &'static str,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::WrongCodec { expected, got } => {
                write!(f, "a frame of {got} for a decoder of {expected}")
            }
            DecodeError::Corrupt { codec, message } => write!(f, "corrupt {codec}: {message}"),
            DecodeError::TooLarge(error) => error.fmt(f),
            DecodeError::Unsupported { codec, what } => write!(f, "{codec} with {what}"),
        }
    }
}

impl std::error::Error for DecodeError {}

impl From<PictureError> for DecodeError {
    fn from(error: PictureError) -> Self {
        DecodeError::TooLarge(error)
    }
}

impl DecodeError {
    /// `Ok` when the frame is of the decoder's codec.
    pub(crate) fn check_codec(expected: Codec, got: Codec) -> Result<(), DecodeError> {
        if expected == got { Ok(()) } else { Err(DecodeError::WrongCodec { expected, got }) }
    }
}
