//! `profile-level-id` of H.264 (RFC 6184 section 8.1): three bytes, which are the first of a
//! sequence parameter set.

use std::cmp::Ordering;
use std::fmt;

/// Profile and level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileLevelId {
    /// Which tools of coding are used.
    pub profile: H264Profile,
    /// How large and fast pictures may be.
    pub level: H264Level,
}

/// A profile, by what a decoder must be able to do (RFC 6184 table 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum H264Profile {
    /// What Baseline and Main have in common. All browsers decode it.
    ConstrainedBaseline,
    /// Baseline.
    Baseline,
    /// Main.
    Main,
    /// Extended.
    Extended,
    /// High without interlacing and B pictures.
    ConstrainedHigh,
    /// High.
    High,
    /// Another, as its first two bytes say it: `profile_idc` and `profile_iop`.
    Other(u8, u8),
}

/// A level; they are ordered by what they allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct H264Level(u8);

impl ProfileLevelId {
    /// Constrained Baseline at level 3.1. RFC 6184 section 8.1 infers Baseline at level 1 where an
    /// offer says nothing; browsers infer this instead, and so do we: an offer without parameters
    /// comes from a stack that decodes what browsers send.
    pub const INFERRED: ProfileLevelId =
        ProfileLevelId { profile: H264Profile::ConstrainedBaseline, level: H264Level(31) };

    /// Reads six hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, idc, iop, level] = u32::from_str_radix(text, 16).ok()?.to_be_bytes();
        // Constraint set 3 at level 1.1 means level 1b where it has no other meaning (H.264 section
        // A.3.4).
        let is_1b = level == 11 && iop & 0x10 != 0 && matches!(idc, 0x42 | 0x4d | 0x58);
        let iop_of_profile = if is_1b { iop & !0x10 } else { iop };
        Some(ProfileLevelId {
            profile: H264Profile::new(idc, iop_of_profile),
            level: H264Level(if is_1b { 9 } else { level }),
        })
    }
}

impl H264Profile {
    /// The profiles with names: the first byte; bits of the second that are looked at, and which of
    /// them are set.
    const PATTERNS: [(u8, u8, u8, H264Profile); 9] = [
        (0x42, 0b0100_1111, 0b0100_0000, H264Profile::ConstrainedBaseline),
        (0x4d, 0b1000_1111, 0b1000_0000, H264Profile::ConstrainedBaseline),
        (0x58, 0b1100_1111, 0b1100_0000, H264Profile::ConstrainedBaseline),
        (0x42, 0b0100_1111, 0b0000_0000, H264Profile::Baseline),
        (0x58, 0b1100_1111, 0b1000_0000, H264Profile::Baseline),
        (0x4d, 0b1010_1111, 0b0000_0000, H264Profile::Main),
        (0x58, 0b1100_1111, 0b0000_0000, H264Profile::Extended),
        (0x64, 0b1111_1111, 0b0000_0000, H264Profile::High),
        (0x64, 0b1111_1111, 0b0000_1100, H264Profile::ConstrainedHigh),
    ];

    fn new(idc: u8, iop: u8) -> Self {
        let mut patterns = Self::PATTERNS.iter();
        let found = patterns.find(|(known, mask, set, _)| idc == *known && iop & mask == *set);
        found.map_or(H264Profile::Other(idc, iop), |(.., profile)| *profile)
    }

    /// First two bytes, as browsers write them.
    pub(crate) fn bytes(self) -> (u8, u8) {
        match self {
            H264Profile::ConstrainedBaseline => (0x42, 0xe0),
            H264Profile::Baseline => (0x42, 0x00),
            H264Profile::Main => (0x4d, 0x00),
            H264Profile::Extended => (0x58, 0x00),
            H264Profile::ConstrainedHigh => (0x64, 0x0c),
            H264Profile::High => (0x64, 0x00),
            H264Profile::Other(idc, iop) => (idc, iop),
        }
    }
}

impl H264Level {
    /// The level of ten times its number: 31 is level 3.1. 9 is level 1b.
    pub const fn new(tenths: u8) -> Self {
        H264Level(tenths)
    }

    /// Level 1b stands between 1 and 1.1.
    fn rank(self) -> (u8, bool) {
        if self.0 == 9 { (10, true) } else { (self.0, false) }
    }
}

impl PartialOrd for H264Level {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for H264Level {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

/// As `a=fmtp` has it: `42e01f`.
impl fmt::Display for ProfileLevelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (idc, iop) = self.profile.bytes();
        let (iop, level) = match self.level.0 {
            9 if iop & 0x10 == 0 && matches!(idc, 0x42 | 0x4d | 0x58) => (iop | 0x10, 11),
            level => (iop, level),
        };
        write!(f, "{idc:02x}{iop:02x}{level:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_and_levels() {
        use H264Profile as P;
        for (text, profile, level) in [
            ("42e01f", P::ConstrainedBaseline, 31),
            ("42E034", P::ConstrainedBaseline, 52),
            ("42c00b", P::ConstrainedBaseline, 11),
            ("4d8028", P::ConstrainedBaseline, 40),
            ("58c015", P::ConstrainedBaseline, 21),
            ("42001f", P::Baseline, 31),
            ("42a01f", P::Baseline, 31),
            ("588014", P::Baseline, 20),
            ("4d001f", P::Main, 31),
            ("4d401f", P::Main, 31),
            ("58001f", P::Extended, 31),
            ("64001f", P::High, 31),
            ("640c1f", P::ConstrainedHigh, 31),
            ("640c34", P::ConstrainedHigh, 52),
            ("f4001f", P::Other(0xf4, 0), 31),
            ("6e101f", P::Other(0x6e, 0x10), 31),
            ("42f00b", P::ConstrainedBaseline, 9),
            ("64000b", P::High, 11),
            ("640009", P::High, 9),
        ] {
            let read = ProfileLevelId::parse(text).expect("six digits");
            assert_eq!((read.profile, read.level), (profile, H264Level::new(level)), "{text}");
        }
        for text in ["", "42e01", "42e01ff", "42e0xx", "+2e01f", "42é1f"] {
            assert_eq!(ProfileLevelId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_identifier_keeps_its_meaning() {
        for number in 0..=0x00ff_ffff_u32 {
            // All profiles at every 37th level: level and profile bear on each other in one place
            // only.
            if number % 37 != 0 && number & 0xff != 11 {
                continue;
            }
            let read = ProfileLevelId::parse(&format!("{number:06x}")).expect("six digits");
            assert_eq!(ProfileLevelId::parse(&read.to_string()), Some(read), "{number:06x}");
        }
    }

    #[test]
    fn levels_are_ordered() {
        let levels = [10, 9, 11, 12, 13, 20, 31, 52].map(H264Level::new);
        assert!(levels.is_sorted());
        assert!(levels[1] > levels[0] && levels[1] < levels[2]);
    }
}
