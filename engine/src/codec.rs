//! Codecs by name, and how RTP carries them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::time::MediaTime;

/// Audio or video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

impl fmt::Display for MediaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
        })
    }
}

/// A codec the engine can negotiate. It carries encoded frames only and never decodes.
///
/// ```
/// use lapwing_engine::{Codec, MediaKind};
/// assert_eq!("av1".parse(), Ok(Codec::Av1));
/// assert_eq!(Codec::Opus.kind(), MediaKind::Audio);
/// assert_eq!(Codec::Vp8.clock_rate(), 90_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// Opus, RFC 6716; payload format RFC 7587.
    Opus,
    /// G.711 mu-law, RFC 3551.
    Pcmu,
    /// G.711 A-law, RFC 3551.
    Pcma,
    /// G.722, RFC 3551 section 4.5.2: samples of 16 kHz, a clock of 8 kHz.
    G722,
    /// VP8, RFC 6386; payload format RFC 7741.
    Vp8,
    /// VP9; payload format RFC 9628.
    Vp9,
    /// H.264; payload format RFC 6184.
    H264,
    /// H.265; payload format RFC 7798.
    H265,
    /// AV1; payload format of the Alliance for Open Media.
    Av1,
}

impl Codec {
    /// Every codec, audio first, in the engine's order of preference.
    pub const ALL: [Codec; 9] = [
        Codec::Opus,
        Codec::G722,
        Codec::Pcmu,
        Codec::Pcma,
        Codec::Av1,
        Codec::Vp8,
        Codec::Vp9,
        Codec::H264,
        Codec::H265,
    ];

    /// What [`Config::codecs`](crate::Config::codecs) holds unless it is set: those that every
    /// browser has on every machine, and AV1. G.722 and H.265 are negotiated where an application
    /// asks for them.
    pub const USUAL: [Codec; 7] =
        [Codec::Opus, Codec::Pcmu, Codec::Pcma, Codec::Av1, Codec::Vp8, Codec::Vp9, Codec::H264];

    /// Audio or video.
    pub const fn kind(self) -> MediaKind {
        match self {
            Codec::Opus | Codec::G722 | Codec::Pcmu | Codec::Pcma => MediaKind::Audio,
            Codec::Vp8 | Codec::Vp9 | Codec::H264 | Codec::H265 | Codec::Av1 => MediaKind::Video,
        }
    }

    /// Ticks per second of the RTP clock.
    pub const fn clock_rate(self) -> u32 {
        match self {
            Codec::Opus => MediaTime::OPUS_RATE,
            Codec::G722 | Codec::Pcmu | Codec::Pcma => 8_000,
            Codec::Vp8 | Codec::Vp9 | Codec::H264 | Codec::H265 | Codec::Av1 => {
                MediaTime::VIDEO_RATE
            }
        }
    }

    /// Samples of sound per second, as a codec has them best; `None` for pictures. It is the
    /// clock's rate but for G.722 (RFC 3551 section 4.5.2).
    ///
    /// ```
    /// use lapwing_engine::Codec;
    /// assert_eq!((Codec::G722.sample_rate(), Codec::G722.clock_rate()), (Some(16_000), 8_000));
    /// ```
    pub const fn sample_rate(self) -> Option<u32> {
        match self {
            Codec::G722 => Some(16_000),
            Codec::Opus | Codec::Pcmu | Codec::Pcma => Some(self.clock_rate()),
            Codec::Vp8 | Codec::Vp9 | Codec::H264 | Codec::H265 | Codec::Av1 => None,
        }
    }

    /// The encoding name of the `a=rtpmap` line.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Opus => "opus",
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
            Codec::Vp8 => "VP8",
            Codec::Vp9 => "VP9",
            Codec::H264 => "H264",
            Codec::H265 => "H265",
            Codec::Av1 => "AV1",
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name is none of [`Codec::ALL`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCodec(pub String);

impl fmt::Display for UnknownCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown codec {:?}; known are:", self.0)?;
        Codec::ALL.iter().try_for_each(|codec| write!(f, " {codec}"))
    }
}

impl std::error::Error for UnknownCodec {}

impl FromStr for Codec {
    type Err = UnknownCodec;

    fn from_str(name: &str) -> Result<Self, UnknownCodec> {
        let known = Codec::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name));
        known.ok_or_else(|| UnknownCodec(name.to_owned()))
    }
}
