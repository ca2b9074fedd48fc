//! When two formats of H.264 are the same, and what is answered of levels (RFC 6184 section 8.2.2).
//! What `a=fmtp` says is read by [`H264Parameters`].

use super::key::Variant;
use crate::sdp::parameters::{H264Parameters, ProfileLevelId, value};

/// What makes another codec of it: profile and packetisation. Parameters that cannot be read are a
/// codec that nobody has.
pub(super) fn variant(parameters: &str) -> Variant {
    let Some(read) = H264Parameters::parse(Some(parameters)) else {
        return Variant::of("unknown");
    };
    let (idc, iop) = read.profile_level_id.profile.bytes();
    Variant::H264(idc, iop, read.packetization_mode)
}

/// The parameters of an answer: ours, at the level of the lower side, or at our own where both
/// allow levels to differ. An offered profile and level that hold are repeated as they were
/// written.
pub(super) fn answered(own: &str, offered: &str) -> String {
    let read = |text| H264Parameters::parse(Some(text));
    let (Some(ours), Some(theirs)) = (read(own), read(offered)) else { return own.to_owned() };
    let (own_id, offered_id) = (id(own), id(offered));
    if own_id.is_none() && offered_id.is_none() {
        return own.to_owned();
    }
    let asymmetric = ours.level_asymmetry_allowed && theirs.level_asymmetry_allowed;
    let (level, limit) = (ours.profile_level_id.level, theirs.profile_level_id.level);
    let level = if asymmetric { level } else { level.min(limit) };
    let id = match offered_id {
        Some(written) if level == limit => written.to_owned(),
        _ => ProfileLevelId { level, ..theirs.profile_level_id }.to_string(),
    };
    let others = own.split(';').map(str::trim).filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !name.trim().eq_ignore_ascii_case(PROFILE_LEVEL_ID)
    });
    let mut pairs: Vec<String> = others.map(str::to_owned).collect();
    pairs.push(format!("{PROFILE_LEVEL_ID}={id}"));
    pairs.join(";")
}

const PROFILE_LEVEL_ID: &str = "profile-level-id";

fn id(parameters: &str) -> Option<&str> {
    value(parameters, PROFILE_LEVEL_ID)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_id(id: &str) -> Variant {
        variant(&format!("packetization-mode=1;profile-level-id={id}"))
    }

    /// Each row is one profile in all the ways in which it can be written, at any level.
    #[test]
    fn profiles_are_one_codec_however_they_are_written() {
        let rows = [
            &["42e01f", "42c02a", "4d801f", "58f01f", "42f00b", "42E034"][..],
            &["42001f", "42a01e", "58801f"],
            &["4d001f", "4d401f"],
            &["58001f"],
            &["640c1f", "640c34"],
            &["64001f", "64000b"],
            &["6e001f", "6e0028"],
            &["f4001f"],
            &["640d1f"],
            &["xyz", "42e0", ""],
        ];
        for (place, row) in rows.iter().enumerate() {
            for (other, ids) in rows.iter().enumerate() {
                for (one, two) in row.iter().flat_map(|one| ids.iter().map(move |two| (one, two))) {
                    let same = with_id(one) == with_id(two);
                    assert_eq!(same, place == other, "{one} {two}");
                }
            }
        }
        assert_eq!(variant(""), variant("packetization-mode=0;profile-level-id=42e00a"));
        assert_ne!(variant(""), variant("packetization-mode=1"));
        assert_eq!(variant("packetization-mode=3"), Variant::of("unknown"));
    }

    #[test]
    fn an_answer_is_at_the_lower_level_unless_levels_may_differ() {
        let own = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
        let id = |own: &str, offered: &str| {
            let answer = answered(own, offered);
            value(&answer, PROFILE_LEVEL_ID).map(str::to_owned)
        };
        for (offered, expected) in [
            ("profile-level-id=42e034", "42e01f"),
            ("profile-level-id=42c00d", "42c00d"),
            ("profile-level-id=42f00b", "42f00b"),
            ("profile-level-id=4d801f", "4d801f"),
            ("profile-level-id=42C01F", "42C01F"),
            ("level-asymmetry-allowed=1;profile-level-id=42e00d", "42e01f"),
            ("", "42e01f"),
        ] {
            assert_eq!(id(own, offered).as_deref(), Some(expected), "{offered}");
        }
        let level_1b = "profile-level-id=42f00b";
        assert_eq!(id(level_1b, "profile-level-id=42e01f").as_deref(), Some("42f00b"));
        assert_eq!(
            answered("packetization-mode=1", "packetization-mode=1"),
            "packetization-mode=1"
        );
    }
}
