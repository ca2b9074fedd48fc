//! Profiles and levels of H.264 in `profile-level-id` (RFC 6184 section 8.1).

use super::format::parameter;

/// What a description without `profile-level-id` means in practice: constrained baseline, level 3.1. RFC 6184 would have
/// it at level 1.
const DEFAULT: u32 = 0x0042_e01f;

/// A profile by `profile_idc`, with the constraint bits that it needs and those among which they are (RFC 6184, table 5).
const PROFILES: [(u8, u8, u8, &str); 11] = [
    (0x42, 0x4f, 0x40, "constrained-baseline"),
    (0x4d, 0x8f, 0x80, "constrained-baseline"),
    (0x58, 0xcf, 0xc0, "constrained-baseline"),
    (0x42, 0x4f, 0x00, "baseline"),
    (0x58, 0xcf, 0x80, "baseline"),
    (0x4d, 0xaf, 0x00, "main"),
    (0x58, 0xcf, 0x00, "extended"),
    (0x64, 0xff, 0x0c, "constrained-high"),
    (0x64, 0xff, 0x00, "high"),
    (0x6e, 0xff, 0x00, "high-10"),
    (0xf4, 0xff, 0x00, "high-444"),
];

/// The bit that makes level 1b of level 1.1 in the baseline and main profiles.
const LEVEL_1B: u8 = 0x10;

/// `profile_idc`, constraints, `level_idc`.
fn bytes(parameters: &str) -> Option<[u8; 3]> {
    let id = match parameter(parameters, "profile-level-id") {
        Some(text) if text.len() == 6 => u32::from_str_radix(text, 16).ok()?,
        Some(_) => return None,
        None => DEFAULT,
    };
    let [_, profile, constraints, level] = id.to_be_bytes();
    Some([profile, constraints, level])
}

/// What makes another codec of it: profile and packetisation.
pub(super) fn variant(parameters: &str) -> String {
    let mode = parameter(parameters, "packetization-mode").unwrap_or("0");
    let Some([profile, constraints, _]) = bytes(parameters) else {
        return format!("unknown;{mode}");
    };
    // Level 1b is no other profile.
    let constraints =
        if matches!(profile, 0x42 | 0x4d | 0x58) { constraints & !LEVEL_1B } else { constraints };
    let known =
        PROFILES.iter().find(|(idc, mask, bits, _)| *idc == profile && constraints & mask == *bits);
    match known {
        Some((_, _, _, name)) => format!("{name};{mode}"),
        None => format!("{profile:02x}{constraints:02x};{mode}"),
    }
}

/// Levels in their order: 1b stands between 1 and 1.1.
fn rank(bytes: [u8; 3]) -> u8 {
    let [profile, constraints, level] = bytes;
    let is_1b = level == 9
        || (level == 11 && constraints & LEVEL_1B != 0 && matches!(profile, 0x42 | 0x4d | 0x58));
    match level {
        _ if is_1b => 21,
        level => level.saturating_mul(2),
    }
}

/// The parameters of an answer: ours, at the level of the lower side, or at our own where both allow levels to differ
/// (RFC 6184 section 8.2.2). The profile stands as it was offered.
pub(super) fn answered(own: &str, offered: &str) -> String {
    let (Some(ours), Some(theirs)) = (bytes(own), bytes(offered)) else { return own.to_owned() };
    let asymmetric = [own, offered]
        .iter()
        .all(|parameters| parameter(parameters, "level-asymmetry-allowed") == Some("1"));
    let [profile, constraints, _] = theirs;
    let [_, _, level] = ours;
    let chosen = match (asymmetric, rank(ours) < rank(theirs)) {
        (true, _) | (false, true) => [profile, constraints, level],
        (false, false) => theirs,
    };
    let id: String = chosen.iter().map(|byte| format!("{byte:02x}")).collect();
    let others = own.split(';').map(str::trim).filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !name.trim().eq_ignore_ascii_case("profile-level-id")
    });
    let mut pairs: Vec<String> = others.map(str::to_owned).collect();
    if parameter(own, "profile-level-id").is_some()
        || parameter(offered, "profile-level-id").is_some()
    {
        pairs.push(format!("profile-level-id={id}"));
    }
    pairs.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_told_by_their_constraints() {
        for (id, expected) in [
            ("42e01f", "constrained-baseline"),
            ("42c02a", "constrained-baseline"),
            ("4d801f", "constrained-baseline"),
            ("58f01f", "constrained-baseline"),
            ("42001f", "baseline"),
            ("42a01e", "baseline"),
            ("4d001f", "main"),
            ("4d401f", "main"),
            ("640c1f", "constrained-high"),
            ("64001f", "high"),
            ("f4001f", "high-444"),
            ("640d1f", "640d"),
            ("xyz", "unknown"),
        ] {
            let found = variant(&format!("packetization-mode=1;profile-level-id={id}"));
            assert_eq!(found, format!("{expected};1"), "{id}");
        }
        assert_eq!(variant(""), "constrained-baseline;0");
        let levels = |one: &str, other: &str| {
            variant(&format!("profile-level-id={one}"))
                == variant(&format!("profile-level-id={other}"))
        };
        assert!(levels("42f00b", "42e01f"), "level 1b is a level");
    }

    #[test]
    fn an_answer_is_at_the_lower_level_unless_levels_may_differ() {
        let own = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
        let id = |offered: &str| {
            let answer = answered(own, offered);
            parameter(&answer, "profile-level-id").map(str::to_owned)
        };
        assert_eq!(id("profile-level-id=42e034").as_deref(), Some("42e01f"));
        assert_eq!(id("profile-level-id=42c00d").as_deref(), Some("42c00d"));
        assert_eq!(id("profile-level-id=42f00b").as_deref(), Some("42f00b"), "level 1b");
        let differ = "level-asymmetry-allowed=1;profile-level-id=42e00d";
        assert_eq!(id(differ).as_deref(), Some("42e01f"));
        assert_eq!(
            answered("packetization-mode=1", "packetization-mode=1"),
            "packetization-mode=1"
        );
    }
}
