//! What can be encoded and decoded here.

use lapwing_engine::{Codec, MediaKind};

/// What can be done with a codec, in the words of W3C's `RTCRtpSender.getCapabilities`
/// (`RTCRtpCodec`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecCapability {
    /// The codec.
    pub codec: Codec,
    /// Kind and name: `video/VP8`.
    pub mime_type: String,
    /// Ticks per second of the RTP clock.
    pub clock_rate: u32,
    /// Channels of sound, as descriptions say them: Opus has two there, whatever it sends.
    pub channels: Option<u8>,
    /// The parameters of the `a=fmtp` line; empty where there are none.
    pub fmtp: &'static str,
    /// There is an encoder.
    pub can_encode: bool,
    /// There is a decoder.
    pub can_decode: bool,
    /// The encoder's layers (W3C webrtc-svc, section 6). Decoders take any.
    pub scalability_modes: &'static [&'static str],
}

/// Video codecs, preferred first: the cheapest to encode. Sound codecs, the best first.
const ORDER: [Codec; 8] = [
    Codec::Opus,
    Codec::G722,
    Codec::Pcmu,
    Codec::Pcma,
    Codec::Vp8,
    Codec::Vp9,
    Codec::H264,
    Codec::Av1,
];

/// All that this program was built with, preferred first: VP8, VP9, H.264, AV1; Opus, G.722, G.711.
/// H.264 is there twice, once for each packetization mode.
///
/// ```
/// use lapwing_engine::{Codec, MediaKind};
/// use lapwing_media::codecs::{capabilities, prefer};
///
/// let mut known = capabilities(MediaKind::Video);
/// prefer(&mut known, &[Codec::Av1, Codec::Vp9]);
/// // For `Config::codecs`: what is both sent and received.
/// let codecs = known.iter().filter(|known| known.can_encode && known.can_decode);
/// let mut codecs: Vec<Codec> = codecs.map(|known| known.codec).collect();
/// codecs.dedup();
/// # #[cfg(all(feature = "vpx", feature = "h264", feature = "av1-encode", feature = "av1-decode"))]
/// assert_eq!(codecs, [Codec::Av1, Codec::Vp9, Codec::Vp8, Codec::H264]);
/// ```
pub fn capabilities(kind: MediaKind) -> Vec<CodecCapability> {
    let known = ORDER.into_iter().filter(|codec| codec.kind() == kind);
    let formats = known.flat_map(|codec| fmtp(codec).iter().map(move |fmtp| (codec, *fmtp)));
    let capability = |(codec, fmtp): (Codec, &'static str)| CodecCapability {
        codec,
        mime_type: format!("{}/{}", codec.kind(), codec.name()),
        clock_rate: codec.clock_rate(),
        channels: match codec.kind() {
            MediaKind::Audio => Some(if codec == Codec::Opus { 2 } else { 1 }),
            MediaKind::Video => None,
        },
        fmtp,
        can_encode: can_encode(codec),
        can_decode: can_decode(codec),
        scalability_modes: scalability_modes(codec),
    };
    let all = formats.map(capability);
    all.filter(|capability| capability.can_encode || capability.can_decode).collect()
}

/// Puts the codecs of `order` first, in its order. The others follow as they were.
pub fn prefer(capabilities: &mut [CodecCapability], order: &[Codec]) {
    capabilities.sort_by_key(|capability| {
        order.iter().position(|codec| *codec == capability.codec).unwrap_or(order.len())
    });
}

/// The parameters of each payload type that a codec has.
const fn fmtp(codec: Codec) -> &'static [&'static str] {
    match codec {
        Codec::Opus => &["minptime=10;useinbandfec=1"],
        Codec::Vp9 => &["profile-id=0"],
        Codec::H264 => &[
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
            "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
        ],
        Codec::Av1 => &["level-idx=5;profile=0;tier=0"],
        Codec::Pcmu | Codec::Pcma | Codec::G722 | Codec::Vp8 | Codec::H265 => &[""],
    }
}

const fn can_encode(codec: Codec) -> bool {
    match codec {
        Codec::Av1 => cfg!(any(feature = "av1-encode", feature = "av1-aom")),
        _ => has_both(codec),
    }
}

const fn can_decode(codec: Codec) -> bool {
    match codec {
        Codec::Av1 => cfg!(feature = "av1-decode"),
        _ => has_both(codec),
    }
}

/// Of the codecs whose encoder and decoder are one feature.
const fn has_both(codec: Codec) -> bool {
    match codec {
        Codec::Opus => cfg!(feature = "opus"),
        Codec::G722 => cfg!(feature = "g722"),
        Codec::Pcmu | Codec::Pcma => cfg!(feature = "g711"),
        Codec::Vp8 | Codec::Vp9 => cfg!(feature = "vpx"),
        Codec::H264 => cfg!(feature = "h264"),
        Codec::Av1 | Codec::H265 => false,
    }
}

const fn scalability_modes(codec: Codec) -> &'static [&'static str] {
    match codec {
        Codec::Vp8 => &["L1T1", "L1T2", "L1T3"],
        Codec::Vp9 => &[
            "L1T1", "L1T2", "L1T3", "L2T1_KEY", "L2T2_KEY", "L2T3_KEY", "L3T1_KEY", "L3T2_KEY",
            "L3T3_KEY",
        ],
        Codec::H264 | Codec::Av1 => &["L1T1"],
        _ => &[],
    }
}

/// The most spatial and the most temporal layers that encoders of a codec make.
pub(crate) fn layers_max(codec: Codec) -> (u8, u8) {
    // The last mode has the most of both.
    scalability_modes(codec).last().map_or((1, 1), |mode| layers(mode))
}

/// The spatial and the temporal layers of a mode: `L3T2_KEY` has three and two.
fn layers(mode: &str) -> (u8, u8) {
    let count = |at: usize| mode.as_bytes()[at] - b'0';
    (count(1), count(3))
}

#[cfg(test)]
mod tests {
    use lapwing_engine::MediaTime;

    use super::*;
    use crate::codecs::{
        AudioSettings, VideoSettings, audio_decoder, audio_encoder, video_decoder, video_encoder,
    };
    use crate::picture::Picture;

    #[test]
    fn what_is_told_is_true() {
        for known in capabilities(MediaKind::Video) {
            for mode in known.scalability_modes {
                let (spatial_layers, temporal_layers) = layers(mode);
                let settings = VideoSettings {
                    spatial_layers,
                    temporal_layers,
                    ..VideoSettings::new(960, 540, 300_000)
                };
                let Ok(mut encoder) = video_encoder(known.codec, &settings) else {
                    assert!(!known.can_encode, "{} {mode}", known.codec);
                    continue;
                };
                assert!(known.can_encode, "{}", known.codec);
                let (spatial, temporal) = layers_max(known.codec);
                assert!(spatial_layers <= spatial && temporal_layers <= temporal);
                if spatial_layers > 1 {
                    let picture = Picture::new(960, 540, MediaTime::new(0, 90_000));
                    let frames = encoder.encode(&picture.expect("a size"), false);
                    assert_eq!(frames.expect("a picture").len(), usize::from(spatial_layers));
                }
            }
            assert_eq!(video_decoder(known.codec).is_ok(), known.can_decode, "{}", known.codec);
        }
        for known in capabilities(MediaKind::Audio) {
            let rate = known.codec.sample_rate().expect("sound has samples");
            let settings = AudioSettings { rate, ..AudioSettings::SPEECH };
            assert_eq!(audio_encoder(known.codec, &settings).is_ok(), known.can_encode);
            assert_eq!(audio_decoder(known.codec, rate, 1).is_ok(), known.can_decode);
        }
    }

    #[test]
    fn preferred_codecs_come_first() {
        let mut known = capabilities(MediaKind::Audio);
        let others: Vec<_> = known.iter().map(|known| known.codec).collect();
        prefer(&mut known, &[Codec::Pcma, Codec::Vp8]);
        let order: Vec<_> = known.iter().map(|known| known.codec).collect();
        let rest = others.into_iter().filter(|codec| *codec != Codec::Pcma);
        let expected: Vec<_> = [Codec::Pcma].into_iter().chain(rest).collect();
        assert_eq!(order, expected);
        assert_eq!(known[0].mime_type, "audio/PCMA");
        assert_eq!(known[0].channels, Some(1));
    }
}
