//! What a format is encoded as: said by `a=rtpmap`, or by its number alone.

use crate::sdp::Format;

/// An encoding with what tells it from others of the same name.
#[derive(Clone, Copy, Debug)]
pub struct Encoding<'a> {
    /// As it stands.
    pub name: &'a str,
    /// In Hz.
    pub clock_rate: u32,
    /// Channels of sound; 1 where nothing is said (RFC 8866 section 6.6).
    pub channels: u8,
}

/// Payload types that need no `a=rtpmap` (RFC 3551 tables 4 and 5).
const STATIC: [(&str, Encoding<'static>); 16] = [
    ("0", Encoding::mono("PCMU", 8_000)),
    ("3", Encoding::mono("GSM", 8_000)),
    ("4", Encoding::mono("G723", 8_000)),
    ("5", Encoding::mono("DVI4", 8_000)),
    ("6", Encoding::mono("DVI4", 16_000)),
    ("7", Encoding::mono("LPC", 8_000)),
    ("8", Encoding::mono("PCMA", 8_000)),
    ("9", Encoding::mono("G722", 8_000)),
    ("10", Encoding { name: "L16", clock_rate: 44_100, channels: 2 }),
    ("11", Encoding::mono("L16", 44_100)),
    ("12", Encoding::mono("QCELP", 8_000)),
    ("13", Encoding::mono("CN", 8_000)),
    ("15", Encoding::mono("G728", 8_000)),
    ("18", Encoding::mono("G729", 8_000)),
    ("26", Encoding::mono("JPEG", 90_000)),
    ("34", Encoding::mono("H263", 90_000)),
];

impl Encoding<'static> {
    const fn mono(name: &'static str, clock_rate: u32) -> Self {
        Encoding { name, clock_rate, channels: 1 }
    }
}

impl<'a> Encoding<'a> {
    /// The encoding of a format; none where neither `a=rtpmap` nor its number says one.
    pub fn of(format: &'a Format) -> Option<Self> {
        match (&format.encoding, format.clock_rate) {
            (Some(name), Some(clock_rate)) => {
                Some(Encoding { name, clock_rate, channels: format.channels.unwrap_or(1) })
            }
            _ => {
                let found = STATIC.iter().find(|(number, _)| *number == format.name);
                found.map(|(_, encoding)| *encoding)
            }
        }
    }

    /// It has this name, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Names are compared in any case (RFC 8866 section 6.6 by RFC 4855 section 3).
impl PartialEq for Encoding<'_> {
    fn eq(&self, other: &Self) -> bool {
        let rest = |encoding: &Self| (encoding.clock_rate, encoding.channels);
        self.is(other.name) && rest(self) == rest(other)
    }
}

impl Eq for Encoding<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_say_all() {
        let named = |name: &str| Format { name: name.to_owned(), ..Format::default() };
        let format = named("9");
        let read = Encoding::of(&format).expect("a static payload type");
        assert_eq!((read.name, read.clock_rate, read.channels), ("G722", 8_000, 1));
        assert_eq!(Encoding::of(&named("96")), None);
        assert_eq!(Encoding::of(&named("webrtc-datachannel")), None);
        let mapped = Format {
            encoding: Some("opus".into()),
            clock_rate: Some(48_000),
            channels: Some(2),
            ..named("0")
        };
        assert_eq!(Encoding::of(&mapped).map(|read| (read.name, read.channels)), Some(("opus", 2)));
    }
}
