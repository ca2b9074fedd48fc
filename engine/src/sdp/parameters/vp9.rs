//! VP9 (RFC 9628 section 6).

use std::fmt;

use super::list::{List, Pairs};

/// What a receiver of VP9 can decode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vp9Parameters {
    /// 0 (8 bits, 4:2:0), 1 (8 bits, other subsampling), 2 (10 or 12 bits, 4:2:0) or 3; 0 where
    /// nothing is said.
    pub profile_id: u8,
    /// Pictures per second.
    pub max_fr: Option<u32>,
    /// Macroblocks of a picture.
    pub max_fs: Option<u32>,
}

impl Vp9Parameters {
    /// Reads `a=fmtp`; none where the profile is said and cannot be read.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        let list = List::new(text);
        let profile_id = list.value("profile-id").map_or(Some(0), |id| id.parse().ok())?;
        (profile_id <= 3).then_some(Vp9Parameters {
            profile_id,
            max_fr: list.number("max-fr"),
            max_fs: list.number("max-fs"),
        })
    }

    /// The profile is the same.
    pub fn matches(&self, offered: &Self) -> bool {
        self.profile_id == offered.profile_id
    }
}

/// As `a=fmtp` has it. The profile stands there even where it is 0, as browsers write it.
impl fmt::Display for Vp9Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = Pairs::new(f);
        pairs.pair("profile-id", Some(self.profile_id))?;
        pairs.pair("max-fs", self.max_fs)?;
        pairs.pair("max-fr", self.max_fr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_match_or_not() {
        for (ours, theirs, same) in [
            (None, None, true),
            (Some("profile-id=0"), None, true),
            (Some("profile-id=0"), Some("max-fs=12288;max-fr=60"), true),
            (Some("profile-id=2"), None, false),
            (Some("profile-id=2"), Some("profile-id=2"), true),
            (Some("profile-id=1"), Some("profile-id=3"), false),
        ] {
            let (ours, theirs) = (Vp9Parameters::parse(ours), Vp9Parameters::parse(theirs));
            let (ours, theirs) = (ours.expect("readable"), theirs.expect("readable"));
            assert_eq!(ours.matches(&theirs), same, "{ours} {theirs}");
            assert_eq!(theirs.matches(&ours), same, "{theirs} {ours}");
        }
        assert_eq!(Vp9Parameters::parse(Some("profile-id=4")), None);
        assert_eq!(Vp9Parameters::parse(Some("profile-id=x")), None);
        let read = Vp9Parameters::parse(Some("max-fr=60;max-fs=12288")).expect("readable");
        assert_eq!(read.to_string(), "profile-id=0;max-fs=12288;max-fr=60");
    }
}
