//! What tells one codec from another.

/// What tells a codec from another one: two formats are the same codec when their keys are equal.
///
/// Keys are made and compared for each pair of formats, and kept for each payload type: those of
/// codecs that are known take no memory of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CodecKey {
    pub(super) name: Name,
    /// Of parameters, those that make another codec of it.
    pub(super) variant: Variant,
    pub(super) clock_rate: u32,
    pub(super) channels: u8,
}

impl CodecKey {
    /// Of retransmissions, whatever they repair.
    pub(super) fn is_repair(&self) -> bool {
        self.name == Name::of("rtx")
    }
}

/// Names of codecs, in lower case.
const NAMES: [&str; 17] = [
    "opus",
    "pcmu",
    "pcma",
    "g722",
    "red",
    "cn",
    "telephone-event",
    "vp8",
    "vp9",
    "h264",
    "h265",
    "av1",
    "rtx",
    "ulpfec",
    "flexfec",
    "flexfec-03",
    "isac",
];

/// Characters of a name or value that are kept to tell a codec from another one.
const TOLD_CHARS_MAX: usize = 64;

/// The name of a codec, in whatever case it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// A place in [`NAMES`].
    Known(u8),
    /// Another, in lower case.
    Other(Box<str>),
}

impl Name {
    pub(super) fn of(name: &str) -> Self {
        let known = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name));
        known.map_or_else(|| Name::Other(lower(name)), |index| Name::Known(index as u8))
    }

    /// In lower case.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Name::Known(index) => NAMES[usize::from(*index)],
            Name::Other(name) => name,
        }
    }
}

/// Bytes of a value that are kept in place: a payload type, a profile.
const SHORT_BYTES_MAX: usize = 13;

/// Parameters that make another codec of it, in whatever case they are written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variant {
    /// The profile of H.264 by its two bytes, and the packetization mode.
    H264(u8, u8, u8),
    /// The length of a value, and its bytes in lower case with zeros behind them.
    Short(u8, [u8; SHORT_BYTES_MAX]),
    /// A longer value, in lower case.
    Long(Box<str>),
}

impl Variant {
    pub(super) const NONE: Variant = Variant::Short(0, [0; SHORT_BYTES_MAX]);

    pub(super) fn of(text: &str) -> Self {
        let mut short = [0; SHORT_BYTES_MAX];
        match short.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text.as_bytes());
                place.make_ascii_lowercase();
                Variant::Short(text.len() as u8, short)
            }
            None => Variant::Long(lower(text)),
        }
    }
}

fn lower(text: &str) -> Box<str> {
    let told: String = text.chars().take(TOLD_CHARS_MAX).collect();
    told.to_ascii_lowercase().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_variants_in_any_case_of_any_length() {
        assert_eq!(Name::of("VP8"), Name::of("vp8"));
        assert_eq!(Name::of("Speex"), Name::of("sPEEX"));
        assert_ne!(Name::of("speex"), Name::of("vp8"));
        assert_eq!(Name::of("Speex").as_str(), "speex");
        assert_eq!(Variant::of("42E01f;1"), Variant::of("42e01F;1"));
        assert_ne!(Variant::of("1"), Variant::of("1\0"));
        assert_eq!(Variant::of(""), Variant::NONE);
        let long = "x".repeat(2 * TOLD_CHARS_MAX);
        assert_eq!(Variant::of(&long), Variant::of(&long.to_uppercase()));
        assert_eq!(Variant::of(&long), Variant::of(&long[1..]), "no more of it is kept");
        assert_ne!(Variant::of(&long), Variant::of("x"));
    }
}
