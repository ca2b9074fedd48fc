//! Every protection profile.

use serde_json::json;

use crate::wall::{Case, Played, Scene, Side, Stop, must};

pub(super) const CASE: Case = Case::new(
    "Each SRTP profile that both ends know protects a call",
    "RFC 5764 section 4.1.2, RFC 7714 section 14.2",
    play,
)
.within(70);

const PROFILES: [&str; 3] =
    ["SRTP_AES128_CM_HMAC_SHA1_80", "SRTP_AEAD_AES_128_GCM", "SRTP_AEAD_AES_256_GCM"];

fn play(scene: &mut Scene<'_>) -> Played {
    let chooses = Side::BOTH.into_iter().find(|side| scene.ready(*side).can("srtp-choice"));
    let Some(chooses) = chooses else {
        return Err(Stop::NotApplicable("neither end can be held to a profile".to_owned()));
    };
    for profile in PROFILES {
        if !scene.both_can(&format!("srtp:{profile}")) {
            continue;
        }
        scene.open(chooses, json!({ "srtp": [profile] }))?;
        scene.open(chooses.other(), json!({}))?;
        let audio = scene.audio()?;
        scene.connect()?;
        for side in Side::BOTH {
            let facts = scene.facts(side)?;
            let told = facts["srtp"].as_str().unwrap_or(profile).to_owned();
            must(told == profile, || format!("{side} says {told} instead of {profile}"))?;
        }
        scene.flows(&[audio])?;
    }
    Ok(())
}
