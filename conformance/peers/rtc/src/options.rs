//! Options of `open`.

use lapwing_peer::Fault;
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc::peer_connection::configuration::setting_engine::{
    SctpMaxMessageSize, SettingEngine, SettingEngineBuilder,
};
use rtc::peer_connection::transport::RTCDtlsRole;
use serde_json::Value;

/// The profiles that it can be held to.
pub(crate) const PROFILES: [(&str, SrtpProtectionProfile); 3] = [
    ("SRTP_AES128_CM_HMAC_SHA1_80", SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80),
    ("SRTP_AEAD_AES_128_GCM", SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm),
    ("SRTP_AEAD_AES_256_GCM", SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm),
];

/// What a peer connection is opened with.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) trickle: bool,
    lite: bool,
    role: Option<RTCDtlsRole>,
    profiles: Vec<SrtpProtectionProfile>,
    /// Its part in a glare.
    pub(crate) polite: Option<bool>,
}

impl Options {
    pub(crate) fn parse(request: &Value) -> Result<Self, Fault> {
        let mut options =
            Options { trickle: true, lite: false, role: None, profiles: Vec::new(), polite: None };
        let Some(all) = request.as_object() else { return Ok(options) };
        for (name, value) in all {
            let unsupported = || Err(Fault::unsupported(format!("{name} {value}")));
            match (name.as_str(), value) {
                ("id" | "do" | "record" | "key_log", _) | (_, Value::Null) => {}
                ("trickle", Value::Bool(trickle)) => options.trickle = *trickle,
                ("lite", Value::Bool(lite)) => options.lite = *lite,
                ("polite", Value::Bool(polite)) => options.polite = Some(*polite),
                ("aggressive" | "mdns", Value::Bool(false)) => {}
                ("dtls", Value::String(version)) if version == "1.2" => {}
                ("certificate", Value::String(kind)) if kind == "ecdsa" => {}
                ("setup", Value::String(role)) => match role.as_str() {
                    "active" => options.role = Some(RTCDtlsRole::Client),
                    "passive" => options.role = Some(RTCDtlsRole::Server),
                    _ => return unsupported(),
                },
                ("srtp", Value::Array(names)) => {
                    for name in names {
                        let known = PROFILES.iter().find(|(known, _)| name == known);
                        let Some((_, profile)) = known else { return unsupported() };
                        options.profiles.push(*profile);
                    }
                }
                _ => return unsupported(),
            }
        }
        Ok(options)
    }

    pub(crate) fn settings(&self) -> SettingEngine {
        let mut settings = SettingEngineBuilder::new()
            .with_lite(self.lite)
            .with_sctp_max_message_size(SctpMaxMessageSize::Unbounded);
        if let Some(role) = self.role {
            settings = settings.with_answering_dtls_role(role);
        }
        if !self.profiles.is_empty() {
            settings = settings.with_srtp_protection_profiles(self.profiles.clone());
        }
        settings.build()
    }
}
