//! Options of `open`.

use lapwing_peer::Fault;
use serde_json::Value;
use str0m::config::DtlsVersion;

/// What a peer connection is opened with.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) trickle: bool,
    pub(crate) dtls: DtlsVersion,
    pub(crate) lite: bool,
    /// Takes the active role as answerer.
    pub(crate) active: bool,
    /// Its part in a glare.
    pub(crate) polite: Option<bool>,
}

impl Options {
    pub(crate) fn parse(request: &Value) -> Result<Self, Fault> {
        let mut options = Options {
            trickle: true,
            dtls: DtlsVersion::Auto,
            lite: false,
            active: false,
            polite: None,
        };
        let Some(all) = request.as_object() else { return Ok(options) };
        for (name, value) in all {
            let unsupported = || Err(Fault::unsupported(format!("{name} {value}")));
            match (name.as_str(), value) {
                ("id" | "do" | "record" | "key_log", _) | (_, Value::Null) => {}
                ("trickle", Value::Bool(trickle)) => options.trickle = *trickle,
                ("lite", Value::Bool(lite)) => options.lite = *lite,
                ("polite", Value::Bool(polite)) => options.polite = Some(*polite),
                ("aggressive" | "mdns", Value::Bool(false)) => {}
                ("dtls", Value::String(version)) => match version.as_str() {
                    "1.2" => options.dtls = DtlsVersion::Dtls12,
                    "1.3" => options.dtls = DtlsVersion::Dtls13,
                    _ => return unsupported(),
                },
                ("certificate", Value::String(kind)) if kind == "ecdsa" => {}
                ("setup", Value::String(role)) if role == "passive" => {}
                ("setup", Value::String(role)) if role == "active" => options.active = true,
                _ => return unsupported(),
            }
        }
        Ok(options)
    }
}
