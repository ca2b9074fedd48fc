//! Payload formats by name.

use std::fmt;

use crate::codec::MediaKind;

/// How a payload type's packets carry media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PayloadFormat {
    /// RFC 7587.
    Opus,
    /// G.711 mu-law, RFC 3551 section 4.5.14.
    Pcmu,
    /// G.711 A-law, RFC 3551 section 4.5.14.
    Pcma,
    /// RFC 3551 section 4.5.2.
    G722,
    /// RFC 4733.
    TelephoneEvent,
    /// RFC 3389.
    ComfortNoise,
    /// Redundant audio, RFC 2198.
    Red,
    /// RFC 7741.
    Vp8,
    /// RFC 9628.
    Vp9,
    /// RFC 6184.
    H264,
    /// RFC 7798.
    H265,
    /// RTP Payload Format For AV1, of the Alliance for Open Media.
    Av1,
}

impl PayloadFormat {
    /// All of them.
    pub const ALL: [PayloadFormat; 12] = [
        PayloadFormat::Opus,
        PayloadFormat::Pcmu,
        PayloadFormat::Pcma,
        PayloadFormat::G722,
        PayloadFormat::TelephoneEvent,
        PayloadFormat::ComfortNoise,
        PayloadFormat::Red,
        PayloadFormat::Vp8,
        PayloadFormat::Vp9,
        PayloadFormat::H264,
        PayloadFormat::H265,
        PayloadFormat::Av1,
    ];

    /// The name in the registry of encodings (RFC 4855).
    pub const fn name(self) -> &'static str {
        match self {
            PayloadFormat::Opus => "opus",
            PayloadFormat::Pcmu => "PCMU",
            PayloadFormat::Pcma => "PCMA",
            PayloadFormat::G722 => "G722",
            PayloadFormat::TelephoneEvent => "telephone-event",
            PayloadFormat::ComfortNoise => "CN",
            PayloadFormat::Red => "red",
            PayloadFormat::Vp8 => "VP8",
            PayloadFormat::Vp9 => "VP9",
            PayloadFormat::H264 => "H264",
            PayloadFormat::H265 => "H265",
            PayloadFormat::Av1 => "AV1",
        }
    }

    /// The format of this name, in any case of its letters.
    ///
    /// ```
    /// use lapwing_engine::rtp::format::PayloadFormat;
    /// assert_eq!(PayloadFormat::of("vp8"), Some(PayloadFormat::Vp8));
    /// ```
    pub fn of(name: &str) -> Option<PayloadFormat> {
        PayloadFormat::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(name))
    }

    /// Sound or pictures. Redundancy is told by its m-line.
    pub const fn kind(self) -> MediaKind {
        match self {
            PayloadFormat::Vp8
            | PayloadFormat::Vp9
            | PayloadFormat::H264
            | PayloadFormat::H265
            | PayloadFormat::Av1 => MediaKind::Video,
            _ => MediaKind::Audio,
        }
    }

    /// Its payloads say which layer a picture is of, so nothing else has to.
    pub(crate) const fn tells_layers(self) -> bool {
        matches!(self, PayloadFormat::Vp8 | PayloadFormat::Vp9)
    }
}

impl fmt::Display for PayloadFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
