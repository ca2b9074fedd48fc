//! What the library can do, as it was set up, in the engine's words.

use std::sync::Arc;

use str0m::RtcConfig;
use str0m::format::{Codec as StrCodec, CodecConfig, CodecSpec, FormatParams, PayloadParams};
use str0m::media::Frequency;

use super::convert;
use crate::ids::PayloadType;
use crate::sdp::Feedback;
use crate::session::agreed::{Capabilities, CodecCapability, ExtensionCapability, RtpCodec};

/// Names the m-line in each packet (RFC 9143 section 15).
pub(super) const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";

/// Identifiers of the short form (RFC 8285 section 4.2).
pub(super) const EXTENSION_ID_MAX: u8 = 14;

/// Longest name of an m-line that the library writes whole: what a one-byte RTP header extension
/// carries (RFC 8285).
pub(super) const MID_BYTES_MAX: usize = 16;

/// Longest name of a layer that the library tells from others.
pub(super) const RID_BYTES_MAX: usize = 8;

/// Header extensions that the library writes and reads by itself.
const EXTENSIONS: [&str; 7] = [
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    MID_URI,
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "urn:3gpp:video-orientation",
];

/// A codec of the library's by its place in its list, which never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CodecIndex(pub(super) usize);

/// Codecs, header extensions and limits.
#[derive(Debug)]
pub(super) struct Catalogue {
    capabilities: Arc<Capabilities>,
    /// As the library had them before anything was agreed on.
    codecs: CodecConfig,
}

impl Catalogue {
    pub(super) fn of(config: &mut RtcConfig) -> Self {
        let codecs = CodecConfig::new_from_payload_params(config.codec_config().params().to_vec());
        let message_bytes_max = u64::from(config.sctp_max_message_size());
        let map = config.extension_map();
        let extensions = map.iter().filter_map(|(id, extension)| {
            let uri = EXTENSIONS.into_iter().find(|uri| *uri == extension.as_uri())?;
            let audio = map.iter_audio().any(|(known, _)| known == id);
            let video = map.iter_video().any(|(known, _)| known == id);
            Some(ExtensionCapability { uri, id, audio, video })
        });
        let capabilities = Capabilities {
            codecs: codecs.params().iter().map(capability).collect(),
            extensions: extensions.collect(),
            extension_id_max: EXTENSION_ID_MAX,
            mid_bytes_max: MID_BYTES_MAX,
            message_bytes_max,
            sent_message_bytes_max: message_bytes_max as usize,
            empty_messages: false,
            fixed_codecs: true,
            sctp_init: None,
        };
        Catalogue { capabilities: Arc::new(capabilities), codecs }
    }

    pub(super) fn capabilities(&self) -> &Arc<Capabilities> {
        &self.capabilities
    }

    /// The library's codec that this one is, where it has it.
    pub(super) fn find(&self, codec: &RtpCodec) -> Option<CodecIndex> {
        let name = StrCodec::from(&*codec.name);
        let mut format = match name {
            StrCodec::Unknown | StrCodec::Rtx | StrCodec::Red => return None,
            StrCodec::Opus | StrCodec::H264 | StrCodec::Vp9 | StrCodec::Av1 => {
                FormatParams::parse_line(&codec.parameters)
            }
            _ => FormatParams::default(),
        };
        // What a receiver can bear at most makes no other format of it.
        format.level_idx = None;
        let spec = CodecSpec {
            codec: name,
            clock_rate: Frequency::new(codec.clock_rate)?,
            channels: codec.channels.filter(|channels| *channels > 1),
            format,
        };
        // Nothing looks at the number.
        let found = self.codecs.match_params(PayloadParams::new(0.into(), None, spec))?.pt();
        self.codecs.params().iter().position(|known| known.pt() == found).map(CodecIndex)
    }

    /// A codec as the library was set up with it.
    pub(super) fn codec(&self, index: CodecIndex) -> &CodecCapability {
        &self.capabilities.codecs[index.0]
    }

    /// Whether the library knows a header extension.
    pub(super) fn has_extension(&self, uri: &str) -> bool {
        self.capabilities.extensions.iter().any(|known| known.uri == uri)
    }
}

fn capability(params: &PayloadParams) -> CodecCapability {
    let spec = params.spec();
    CodecCapability {
        kind: convert::kind(spec.codec.kind()),
        name: spec.codec.to_string().into(),
        clock_rate: spec.clock_rate.get(),
        channels: spec.channels,
        parameters: parameters(&spec.format).into(),
        feedback: feedback(params),
        payload_type: PayloadType(*params.pt()),
        rtx: params.resend().map(|rtx| PayloadType(*rtx)),
    }
}

/// The parameters of the codecs that a session may be set up with, as `a=fmtp` has them.
fn parameters(format: &FormatParams) -> String {
    let flag = |name: &'static str, value: Option<bool>| {
        value.map(|value| format!("{name}={}", u8::from(value)))
    };
    let number = |name: &'static str, value: Option<u32>| value.map(|n| format!("{name}={n}"));
    let told = [
        number("minptime", format.min_p_time.map(u32::from)),
        flag("useinbandfec", format.use_inband_fec),
        flag("level-asymmetry-allowed", format.level_asymmetry_allowed),
        number("packetization-mode", format.packetization_mode.map(u32::from)),
        format.profile_level_id.map(|id| format!("profile-level-id={id:06x}")),
        number("profile-id", format.profile_id),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(";")
}

fn feedback(params: &PayloadParams) -> Arc<[Feedback]> {
    let kinds = [
        (params.fb_transport_cc(), "transport-cc", None),
        (params.fb_remb(), "goog-remb", None),
        (params.fb_fir(), "ccm", Some("fir")),
        (params.fb_nack(), "nack", None),
        (params.fb_pli(), "nack", Some("pli")),
    ];
    let told = kinds.into_iter().filter(|(has, ..)| *has);
    told.map(|(_, kind, parameter)| Feedback::new(kind, parameter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::session::agreed::CodecRole;
    use crate::session::str0m::setup;

    fn catalogue() -> Catalogue {
        Catalogue::of(&mut setup::codecs_of(&Config::seeded(1)))
    }

    fn codec(name: &str, clock_rate: u32, channels: Option<u8>, parameters: &str) -> RtpCodec {
        RtpCodec {
            payload_type: PayloadType(96),
            name: name.into(),
            clock_rate,
            channels,
            parameters: parameters.into(),
            feedback: [].into(),
            role: CodecRole::Media,
        }
    }

    #[test]
    fn each_codec_is_found_by_what_is_told_of_it() {
        let catalogue = catalogue();
        for (index, told) in catalogue.capabilities().codecs.iter().enumerate() {
            let as_told = codec(&told.name, told.clock_rate, told.channels, &told.parameters);
            assert_eq!(catalogue.find(&as_told), Some(CodecIndex(index)), "{told:?}");
        }
    }

    #[test]
    fn what_makes_no_other_format_is_passed_over() {
        let catalogue = catalogue();
        let name = |codec: &RtpCodec| {
            let found = catalogue.find(codec).map(|index| catalogue.codec(index));
            found.map(|known| (known.name.clone(), known.parameters.clone()))
        };
        let is = |name: &str, parameters: &str| Some((name.into(), parameters.into()));
        let opus = "minptime=10;useinbandfec=1";
        assert_eq!(name(&codec("OPUS", 48_000, Some(2), "stereo=1")), is("opus", opus));
        assert_eq!(name(&codec("PCMU", 8_000, Some(1), "")), is("PCMU", ""));
        assert_eq!(name(&codec("VP8", 90_000, None, "max-fs=12288;max-fr=60")), is("VP8", ""));
        assert_eq!(name(&codec("AV1", 90_000, None, "level-idx=8;profile=0")), is("AV1", ""));
        assert_eq!(name(&codec("VP9", 90_000, None, "")), is("VP9", "profile-id=0"));
        assert_eq!(name(&codec("AV1", 90_000, None, "profile=1")), None);
        assert_eq!(name(&codec("opus", 16_000, Some(1), "")), None);
        assert_eq!(name(&codec("L16", 44_100, Some(2), "")), None);
        assert_eq!(name(&codec("red", 48_000, Some(2), "111/111")), None);
        let high = codec("H264", 90_000, None, "packetization-mode=1;profile-level-id=640c1f");
        assert!(name(&high).is_none_or(|(_, parameters)| parameters.contains("64001f")));
    }

    #[test]
    fn header_extensions_are_told_with_their_kinds() {
        let catalogue = catalogue();
        let told = &catalogue.capabilities().extensions;
        let mid = told.iter().find(|known| known.uri == MID_URI).expect("it carries mids");
        assert!(mid.audio && mid.video);
        let level = told.iter().find(|known| known.uri.ends_with("ssrc-audio-level"));
        assert!(level.is_some_and(|level| level.audio && !level.video));
        assert!(!catalogue.has_extension("urn:ietf:params:rtp-hdrext:toffset"));
    }
}
