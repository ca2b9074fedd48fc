//! What a payload type means, as descriptions and capabilities state it, and when two of them mean
//! the same.

use super::h264;
use super::key::{CodecKey, Name, Variant};
use super::transceiver::CodecPreference;
use crate::ids::PayloadType;
use crate::sdp::Format;
use crate::sdp::parameters::value;
use crate::session::agreed::{CodecCapability, CodecRole, RtpCodec};

/// Numbers that need no `a=rtpmap` (RFC 3551 section 6), with encoding and clock rate. All are of
/// one channel.
const STATIC: [(u8, &str, u32); 7] = [
    (0, "PCMU", 8_000),
    (3, "GSM", 8_000),
    (4, "G723", 8_000),
    (8, "PCMA", 8_000),
    (9, "G722", 8_000),
    (13, "CN", 8_000),
    (18, "G729", 8_000),
];

/// Payload types that there are (RFC 3550 section 5.1).
const PAYLOAD_TYPES: u8 = 128;

/// Characters of a name that are told of a codec that nobody here can use.
const TOLD_CHARS_MAX: usize = 64;

/// A codec in words that both sides use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spec<'a> {
    pub(super) name: &'a str,
    pub(super) clock_rate: u32,
    /// None where it is one, or where there is no sound.
    pub(super) channels: Option<u8>,
    pub(super) parameters: &'a str,
}

/// The payload type of a format.
pub(super) fn number(format: &Format) -> Option<PayloadType> {
    format.name.parse().ok().filter(|number| *number < PAYLOAD_TYPES).map(PayloadType)
}

impl<'a> Spec<'a> {
    /// `None` where the description says too little of it.
    pub(super) fn of(format: &'a Format) -> Option<Self> {
        let parameters = format.parameters.as_deref().unwrap_or_default();
        let number = number(format)?;
        if let (Some(name), Some(clock_rate)) = (&format.encoding, format.clock_rate) {
            let channels = format.channels.filter(|channels| *channels != 1);
            return Some(Spec { name, clock_rate, channels, parameters });
        }
        let (_, name, clock_rate) = *STATIC.iter().find(|(known, _, _)| *known == number.0)?;
        Some(Spec { name, clock_rate, channels: None, parameters })
    }

    pub(super) fn of_capability(capability: &'a CodecCapability) -> Self {
        Spec {
            name: &capability.name,
            clock_rate: capability.clock_rate,
            channels: capability.channels.filter(|channels| *channels != 1),
            parameters: &capability.parameters,
        }
    }

    pub(super) fn of_preference(preference: &'a CodecPreference, parameters: &'a str) -> Self {
        Spec {
            name: &preference.name,
            clock_rate: preference.clock_rate,
            channels: preference.channels.filter(|channels| *channels != 1),
            parameters,
        }
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&'a str> {
        value(self.parameters, name)
    }

    /// What it is for; `None` for retransmissions of nothing.
    pub(super) fn role(&self) -> Option<CodecRole> {
        Some(match Name::of(self.name).as_str() {
            "rtx" => {
                let repairs = PayloadType(self.parameter("apt")?.parse().ok()?);
                CodecRole::Rtx { repairs }
            }
            "red" => CodecRole::Red,
            "ulpfec" | "flexfec" | "flexfec-03" => CodecRole::Fec,
            "cn" => CodecRole::ComfortNoise,
            "telephone-event" => CodecRole::TelephoneEvent,
            _ => CodecRole::Media,
        })
    }

    pub(super) fn is_media(&self) -> bool {
        self.role() == Some(CodecRole::Media)
    }

    pub(super) fn key(&self) -> CodecKey {
        let name = Name::of(self.name);
        let said = |parameter, default| self.parameter(parameter).unwrap_or(default);
        let variant = match name.as_str() {
            "h264" => h264::variant(self.parameters),
            // RFC 7798 section 7.1.
            "h265" => {
                let (profile, mode) = (said("profile-id", "1"), said("tx-mode", "SRST"));
                Variant::of(&format!("{profile};{mode}"))
            }
            // RFC 9628 section 6.
            "vp9" => Variant::of(said("profile-id", "0")),
            // Section 7.2.1 of the payload format: tier and level are what a receiver can bear.
            "av1" => Variant::of(said("profile", "0")),
            "rtx" => Variant::of(said("apt", "")),
            _ => Variant::NONE,
        };
        let channels = self.channels.unwrap_or(1);
        CodecKey { name, variant, clock_rate: self.clock_rate, channels }
    }

    /// As in an `a=rtpmap` line.
    pub(super) fn mapped(&self) -> String {
        match self.channels {
            Some(channels) => format!("{}/{}/{channels}", self.name, self.clock_rate),
            None => format!("{}/{}", self.name, self.clock_rate),
        }
    }
}

/// A format of a description as the seam has it.
pub(super) fn rtp_codec(format: &Format) -> Option<RtpCodec> {
    let spec = Spec::of(format)?;
    Some(RtpCodec {
        payload_type: number(format)?,
        name: format.encoding.clone().unwrap_or_else(|| spec.name.into()),
        clock_rate: spec.clock_rate,
        channels: spec.channels,
        parameters: format.parameters.clone().unwrap_or_default(),
        feedback: format.feedback.clone(),
        role: spec.role()?,
    })
}

/// Names of the media formats of an m-line that nobody here can use, as they are told.
pub(super) fn names(formats: &[Format]) -> Vec<String> {
    /// More than any browser offers.
    const NAMES_MAX: usize = 32;
    let name = |format: &Format| match Spec::of(format) {
        Some(spec) if !spec.is_media() => None,
        Some(spec) => Some(spec.mapped()),
        None => Some(format!("payload type {}", format.name)),
    };
    let told = |name: String| -> String {
        name.chars().filter(char::is_ascii_graphic).take(TOLD_CHARS_MAX).collect()
    };
    formats.iter().filter_map(name).map(told).take(NAMES_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, clock_rate: u32, channels: Option<u8>, parameters: &str) -> CodecKey {
        Spec { name, clock_rate, channels, parameters }.key()
    }

    #[test]
    fn the_rules_of_each_codec() {
        let same = |name: &str, one: &str, other: &str| {
            key(name, 90_000, None, one) == key(&name.to_ascii_uppercase(), 90_000, None, other)
        };
        for (name, one, other, expected) in [
            ("vp8", "", "max-fs=12288", true),
            ("vp9", "", "profile-id=0", true),
            ("vp9", "profile-id=0", "profile-id=2", false),
            ("av1", "level-idx=5;profile=0;tier=0", "", true),
            ("av1", "profile=1", "profile=0", false),
            ("h264", "profile-level-id=42e01f;packetization-mode=1", "packetization-mode=1", true),
            ("h264", "profile-level-id=42e01f;packetization-mode=1", "", false),
            ("h264", "profile-level-id=42e01f", "profile-level-id=42e034", true),
            ("h264", "profile-level-id=42e01f", "profile-level-id=42001f", false),
            ("h264", "profile-level-id=42e01f", "profile-level-id=4d801f", true),
            ("h265", "profile-id=1", "level-id=93", true),
            ("h265", "profile-id=2", "", false),
            ("rtx", "apt=96", "apt=96;rtx-time=3000", true),
            ("rtx", "apt=96", "apt=98", false),
        ] {
            assert_eq!(same(name, one, other), expected, "{name} {one:?} {other:?}");
        }
        let opus = key("opus", 48_000, Some(2), "minptime=10;useinbandfec=1");
        assert_eq!(opus, key("OPUS", 48_000, Some(2), ""));
        assert_ne!(opus, key("opus", 48_000, None, ""));
        assert_eq!(key("PCMU", 8_000, None, ""), key("pcmu", 8_000, Some(1), ""));
        assert_ne!(
            key("telephone-event", 8_000, None, ""),
            key("telephone-event", 48_000, None, "")
        );
    }

    #[test]
    fn numbers_without_a_name_are_known_by_rfc_3551() {
        let format = |name: &str| Format { name: name.to_owned(), ..Format::default() };
        let name = |format: &Format| Spec::of(format).map(|spec| spec.mapped());
        assert_eq!(name(&format("0")).as_deref(), Some("PCMU/8000"));
        assert_eq!(name(&format("9")).as_deref(), Some("G722/8000"));
        for odd in ["96", "128", "webrtc-datachannel", "-1", ""] {
            assert_eq!(name(&format(odd)), None, "{odd}");
        }
    }

    #[test]
    fn roles_by_name() {
        let role =
            |name, parameters| Spec { name, clock_rate: 8_000, channels: None, parameters }.role();
        assert_eq!(role("rtx", "apt=96"), Some(CodecRole::Rtx { repairs: PayloadType(96) }));
        assert_eq!(role("rtx", ""), None);
        assert_eq!(role("RED", "111/111"), Some(CodecRole::Red));
        assert_eq!(role("ulpfec", ""), Some(CodecRole::Fec));
        assert_eq!(role("CN", ""), Some(CodecRole::ComfortNoise));
        assert_eq!(role("telephone-event", "0-15"), Some(CodecRole::TelephoneEvent));
        assert_eq!(role("L16", ""), Some(CodecRole::Media));
    }
}
