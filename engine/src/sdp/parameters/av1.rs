//! AV1 (RTP Payload Format For AV1, section 7.2.1, of the Alliance for Open Media).

use std::fmt;

use super::list::{List, Pairs};

/// What a receiver of AV1 can decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Av1Parameters {
    /// 0 (Main), 1 (High) or 2 (Professional); 0 where nothing is said.
    pub profile: u8,
    /// The highest level, 0 to 31: 5 is level 3.1, which holds where nothing is said.
    pub level_idx: u8,
    /// 0 (Main) or 1 (High); 0 where nothing is said.
    pub tier: u8,
}

impl Default for Av1Parameters {
    fn default() -> Self {
        Av1Parameters { profile: 0, level_idx: 5, tier: 0 }
    }
}

impl Av1Parameters {
    /// Reads `a=fmtp`; none where a value is said that cannot be read or that AV1 does not have.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        let list = List::new(text);
        let value = |name, default: u8, max: u8| {
            let said = list.value(name).map_or(Some(default), |value| value.parse().ok());
            said.filter(|value| *value <= max)
        };
        let default = Av1Parameters::default();
        Some(Av1Parameters {
            profile: value("profile", default.profile, 2)?,
            level_idx: value("level-idx", default.level_idx, 31)?,
            tier: value("tier", default.tier, 1)?,
        })
    }

    /// The profile is the same. Each side's level and tier bound what is sent to it, and may differ
    /// (RTP payload format for AV1, section 7.2.1).
    pub fn matches(&self, offered: &Self) -> bool {
        self.profile == offered.profile
    }
}

/// As `a=fmtp` has it.
impl fmt::Display for Av1Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = Pairs::new(f);
        pairs.pair("level-idx", Some(self.level_idx))?;
        pairs.pair("profile", Some(self.profile))?;
        pairs.pair("tier", Some(self.tier))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_match_or_not() {
        for (ours, theirs, same) in [
            (None, None, true),
            (None, Some("level-idx=5;profile=0;tier=0"), true),
            (None, Some("level-idx=13"), true),
            (None, Some("profile=1"), false),
            (Some("profile=1"), Some("profile=1;level-idx=8"), true),
            (None, Some("tier=1"), true),
            (Some("tier=1"), Some("tier=1"), true),
        ] {
            let (ours, theirs) = (Av1Parameters::parse(ours), Av1Parameters::parse(theirs));
            let (ours, theirs) = (ours.expect("readable"), theirs.expect("readable"));
            assert_eq!(ours.matches(&theirs), same, "{ours} {theirs}");
            assert_eq!(theirs.matches(&ours), same, "{theirs} {ours}");
        }
        for text in ["profile=3", "level-idx=32", "tier=2", "profile=x"] {
            assert_eq!(Av1Parameters::parse(Some(text)), None, "{text}");
        }
        assert_eq!(Av1Parameters::default().to_string(), "level-idx=5;profile=0;tier=0");
    }
}
