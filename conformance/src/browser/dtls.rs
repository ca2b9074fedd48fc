//! How a page's connection is secured, by whatever its browser tells.

use serde_json::Value;

/// DTLS 1.3 as `RTCTransportStats.tlsVersion` writes it (RFC 9147, section 5.3).
pub const DTLS_1_3: &str = "FEFC";

/// The DTLS of a page's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dtls {
    /// The state of `RTCDtlsTransport`, as `connected`.
    pub state: String,
    /// The version by the statistic `transport`, as [`DTLS_1_3`]. `None` where the browser has no
    /// such statistic or it has no version: Firefox 140 is one. What the other end tells is all
    /// there is then.
    pub version: Option<String>,
}

impl Dtls {
    /// From the answer to [`question`].
    pub(super) fn read(told: &Value) -> Self {
        let state = told["state"].as_str().unwrap_or_default().to_owned();
        Self { state, version: told["version"].as_str().map(str::to_owned) }
    }
}

/// An expression that tells [`Dtls`] for the connection that the expression `connection` gives.
pub(super) fn question(connection: &str) -> String {
    format!(
        "(async (connection) => {{
            const ends = [...connection.getSenders(), ...connection.getReceivers(), connection.sctp];
            const transport = ends.find((end) => end?.transport)?.transport;
            const stats = [...(await connection.getStats()).values()];
            const version = stats.find(({{ type }}) => type === 'transport')?.tlsVersion;
            return {{ state: transport?.state ?? 'absent', version: version ?? null }};
        }})({connection})"
    )
}
