//! Options of `open` that are chosen when a browser is started.

use serde_json::{Value, json};

use crate::browser::{Kind, Options};

/// What decides of DTLS in a Chromium that still listens to it; the page knows which does, and says
/// so of the others.
const TRIAL_OF_DTLS: &str = "WebRTC-ForceDtls13";

/// What Chromium does only under field trials: the option of `open`, and the trials. The page says
/// since which version there is one.
const TRIALS: [(&str, &[&str]); 4] = [
    ("fec", &["WebRTC-FlexFEC-03-Advertised/Enabled/", "WebRTC-FlexFEC-03/Enabled/"]),
    ("ccfb", &["WebRTC-RFC8888CongestionControlFeedback/Enabled,offer:true/"]),
    ("snap", &["WebRTC-Sctp-Snap/Enabled/"]),
    ("sped", &["WebRTC-IceHandshakeDtls/Enabled/"]),
];

/// The scheme of `fec` that is behind a trial.
const FEC_ON_TRIAL: &str = "flexfec-03";

/// DTLS 1.2 and 1.3 as Firefox counts versions: those of TLS.
const FIREFOX_DTLS_1_2: &str = "771";
const FIREFOX_DTLS_1_3: &str = "772";

/// How a browser is to be started for a connection that is opened so. `plain` is how it is started
/// when nothing is asked for.
pub(super) fn options_for(kind: Kind, plain: &Options, open: &Value) -> Options {
    let mut options = Options { mdns: open["mdns"] == json!(true), ..plain.clone() };
    options.trusted_keys.extend(open["trust"]["key"].as_str().map(str::to_owned));
    let version = open["dtls"].as_str().unwrap_or_default();
    match kind {
        Kind::Chromium => {
            options.field_trials.extend(trial(version));
            let is_asked = |name: &str| open[name] == json!(true) || open[name] == FEC_ON_TRIAL;
            let asked = TRIALS.iter().filter(|(name, _)| is_asked(name));
            let trials = asked.flat_map(|(_, trials)| trials.iter().copied());
            options.field_trials.extend(trials.map(str::to_owned));
        }
        Kind::Firefox => options.preferences.extend(preferences(version)),
    }
    options
}

fn trial(version: &str) -> Option<String> {
    let group = match version {
        "1.2" => "Disabled",
        "1.3" => "Only",
        _ => return None,
    };
    Some(format!("{TRIAL_OF_DTLS}/{group}/"))
}

fn preferences(version: &str) -> Vec<(String, String)> {
    let number = match version {
        "1.2" => FIREFOX_DTLS_1_2,
        "1.3" => FIREFOX_DTLS_1_3,
        _ => return Vec::new(),
    };
    let preference = |bound| (format!("media.peerconnection.dtls.version.{bound}"), number.into());
    ["min", "max"].map(preference).into()
}

#[cfg(test)]
mod tests {
    use super::options_for;
    use crate::browser::{Kind, Options};
    use serde_json::json;

    #[test]
    fn a_browser_is_started_anew_only_for_what_was_asked() {
        let plain = Options::default();
        for kind in Kind::ALL {
            let options = |open| options_for(kind, &plain, &open);
            assert_eq!(options(json!({ "do": "open", "trickle": true, "mdns": false })), plain);
            assert_ne!(options(json!({ "mdns": true })), plain);
            assert_ne!(options(json!({ "dtls": "1.2" })), options(json!({ "dtls": "1.3" })));
        }
        let chromium = |open| options_for(Kind::Chromium, &plain, &open);
        assert_eq!(chromium(json!({ "fec": "flexfec-03" })).field_trials.len(), 2);
        assert_eq!(chromium(json!({ "snap": true, "sped": true })).field_trials.len(), 2);
        assert_eq!(chromium(json!({ "snap": false, "fec": "ulpfec" })), plain);
    }
}
