//! H.264 (RFC 6184 sections 8.1 and 8.2.2).

use std::fmt;

use super::list::{List, Pairs};
use super::profile_level::ProfileLevelId;

/// What a receiver of H.264 can decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct H264Parameters {
    /// Profile, and the highest level.
    pub profile_level_id: ProfileLevelId,
    /// 0 (one NAL unit a packet), 1 (fragments and aggregates in order) or 2 (interleaved); 0 where
    /// nothing is said.
    pub packetization_mode: u8,
    /// Each direction may have a level of its own.
    pub level_asymmetry_allowed: bool,
}

impl H264Parameters {
    /// Reads `a=fmtp`; none where profile or mode are said and cannot be read.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        let list = List::new(text);
        let profile_level_id = match list.value("profile-level-id") {
            Some(id) => ProfileLevelId::parse(id)?,
            None => ProfileLevelId::INFERRED,
        };
        let mode = list.value("packetization-mode");
        let packetization_mode = mode.map_or(Some(0), |mode| mode.parse().ok())?;
        (packetization_mode <= 2).then_some(H264Parameters {
            profile_level_id,
            packetization_mode,
            level_asymmetry_allowed: list.flag("level-asymmetry-allowed"),
        })
    }

    /// Profile and packetization mode are the same. The level is settled by
    /// [`answer_to`](Self::answer_to).
    pub fn matches(&self, offered: &Self) -> bool {
        self.profile_level_id.profile == offered.profile_level_id.profile
            && self.packetization_mode == offered.packetization_mode
    }

    /// What is answered to an offer: our own level where both sides allow asymmetry, else the lower
    /// one. None where the two do not match.
    pub fn answer_to(&self, offered: &Self) -> Option<Self> {
        if !self.matches(offered) {
            return None;
        }
        let asymmetric = self.level_asymmetry_allowed && offered.level_asymmetry_allowed;
        let (ours, theirs) = (self.profile_level_id.level, offered.profile_level_id.level);
        let level = if asymmetric { ours } else { ours.min(theirs) };
        Some(H264Parameters {
            profile_level_id: ProfileLevelId { level, ..self.profile_level_id },
            level_asymmetry_allowed: asymmetric,
            ..*self
        })
    }
}

/// As `a=fmtp` has it, in the order that browsers write.
impl fmt::Display for H264Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = Pairs::new(f);
        pairs.flag("level-asymmetry-allowed", self.level_asymmetry_allowed)?;
        pairs.pair("packetization-mode", Some(self.packetization_mode))?;
        pairs.pair("profile-level-id", Some(self.profile_level_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> H264Parameters {
        H264Parameters::parse(Some(text)).expect("readable")
    }

    #[test]
    fn defaults() {
        let none = H264Parameters::parse(None).expect("nothing is said");
        assert_eq!(none.to_string(), "packetization-mode=0;profile-level-id=42e01f");
        for text in ["profile-level-id=42", "packetization-mode=3", "packetization-mode=x"] {
            assert_eq!(H264Parameters::parse(Some(text)), None, "{text}");
        }
    }

    #[test]
    fn answers() {
        const ASYMMETRIC: &str = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=";
        const PLAIN: &str = "packetization-mode=1;profile-level-id=";
        let text = |head: &str, id: &str| format!("{head}{id}");
        for (ours, theirs, answer) in [
            // Both allow asymmetry: the answer tells our own level.
            ((ASYMMETRIC, "42e034"), (ASYMMETRIC, "42e01f"), Some((ASYMMETRIC, "42e034"))),
            ((ASYMMETRIC, "42e01f"), (ASYMMETRIC, "42e034"), Some((ASYMMETRIC, "42e01f"))),
            // One does not: the lower level holds both ways.
            ((ASYMMETRIC, "42e034"), (PLAIN, "42e01f"), Some((PLAIN, "42e01f"))),
            ((PLAIN, "42e01f"), (ASYMMETRIC, "42e034"), Some((PLAIN, "42e01f"))),
            ((PLAIN, "42e00a"), (PLAIN, "42f00b"), Some((PLAIN, "42e00a"))),
            // Another way to write the same profile.
            ((PLAIN, "42e01f"), (PLAIN, "4d801f"), Some((PLAIN, "42e01f"))),
            // Other profiles.
            ((PLAIN, "42e01f"), (PLAIN, "42001f"), None),
            ((PLAIN, "42e01f"), (PLAIN, "4d001f"), None),
            ((PLAIN, "64001f"), (PLAIN, "640c1f"), None),
        ] {
            let (ours, theirs) = (text(ours.0, ours.1), text(theirs.0, theirs.1));
            let expected = answer.map(|(head, id)| text(head, id));
            let answer = read(&ours).answer_to(&read(&theirs)).map(|answer| answer.to_string());
            assert_eq!(answer, expected, "{ours} {theirs}");
        }
    }

    #[test]
    fn modes_must_be_the_same() {
        let with = |mode: &str| read(&format!("{mode}profile-level-id=42e01f"));
        let (unsaid, zero, one) =
            (with(""), with("packetization-mode=0;"), with("packetization-mode=1;"));
        assert!(unsaid.matches(&zero) && !zero.matches(&one) && !one.matches(&unsaid));
    }
}
