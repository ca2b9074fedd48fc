//! The extensions that are known, by their URIs.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $uri:literal,)*) => {
        /// A known extension.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum ExtensionKind {
            $($(#[$doc])* $name,)*
        }

        impl ExtensionKind {
            /// All of them.
            pub const ALL: &[ExtensionKind] = &[$(ExtensionKind::$name,)*];

            /// The name that descriptions have for it (`extmap` attribute).
            pub const fn uri(self) -> &'static str {
                match self {
                    $(ExtensionKind::$name => $uri,)*
                }
            }
        }
    };
}

kinds! {
    /// The m-line of a stream, RFC 9143 section 15.
    Mid = "urn:ietf:params:rtp-hdrext:sdes:mid",
    /// The encoding of a stream, RFC 8852.
    RtpStreamId = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    /// The encoding that a stream of retransmissions repairs, RFC 8852.
    RepairedRtpStreamId = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    /// Loudness of what is sent, RFC 6464.
    AudioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    /// Loudness of what was mixed, RFC 6465.
    CsrcAudioLevels = "urn:ietf:params:rtp-hdrext:csrc-audio-level",
    /// How a picture is to be turned, 3GPP TS 26.114 section 7.4.5.
    VideoOrientation = "urn:3gpp:video-orientation",
    /// One numbering for all packets of a transport, draft-holmer-rmcat-transport-wide-cc.
    TransportSequenceNumber =
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    /// When a packet left, 24 bits.
    AbsSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    /// When a frame was captured, on its first sender's clock.
    AbsCaptureTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
    /// Bounds for the delay until a frame is shown.
    PlayoutDelay = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    /// Camera or screen.
    VideoContentType = "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
    /// Where a frame spent its time.
    VideoTiming = "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
    /// What the numbers of a picture mean as colours.
    ColorSpace = "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
    /// Which frames a frame refers to, AV1 RTP specification appendix A.
    DependencyDescriptor =
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
    /// Rates and sizes of the layers that are sent.
    VideoLayersAllocation =
        "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
    /// How much later than its timestamp a packet left, RFC 5450.
    TransmissionOffset = "urn:ietf:params:rtp-hdrext:toffset",
}

impl ExtensionKind {
    /// The extension of this URI.
    pub fn of(uri: &str) -> Option<ExtensionKind> {
        ExtensionKind::ALL.iter().copied().find(|kind| kind.uri() == uri)
    }
}

impl fmt::Display for ExtensionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}
