//! Facts of a peer connection.

use std::collections::HashMap;

use serde_json::{Value, json};
use str0m::crypto::dtls::ProtocolVersion;
use str0m::media::{Mid, Rid};
use str0m::stats::{CandidatePairStats, MediaEgressStats, MediaIngressStats};
use str0m::{Event, Rtc};

use crate::profile;

/// The last that str0m told of each m-line.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    pair: Option<CandidatePairStats>,
    sends: HashMap<(Mid, Option<Rid>), MediaEgressStats>,
    receives: HashMap<(Mid, Option<Rid>), MediaIngressStats>,
}

impl Stats {
    pub(crate) fn take(&mut self, event: &Event) {
        match event {
            Event::PeerStats(stats) if stats.selected_candidate_pair.is_some() => {
                self.pair = stats.selected_candidate_pair.clone();
            }
            Event::MediaEgressStats(stats) => {
                self.sends.insert((stats.mid, stats.rid), stats.clone());
            }
            Event::MediaIngressStats(stats) => {
                self.receives.insert((stats.mid, stats.rid), stats.clone());
            }
            _ => {}
        }
    }

    /// The reply to `stats`.
    pub(crate) fn told(&self, rtc: Option<&mut Rtc>, channels: Value) -> Value {
        let mut facts = json!({
            "nacks_sent": self.receives.values().map(|it| it.nacks).sum::<u64>(),
            "nacks_received": self.sends.values().map(|it| it.nacks).sum::<u64>(),
            "plis_sent": self.receives.values().map(|it| it.plis).sum::<u64>(),
            "plis_received": self.sends.values().map(|it| it.plis).sum::<u64>(),
        });
        let version = rtc.and_then(|rtc| rtc.direct_api().dtls_protocol_version());
        let version = match version {
            Some(ProtocolVersion::DTLS1_2) => Some("1.2"),
            Some(ProtocolVersion::DTLS1_3) => Some("1.3"),
            _ => None,
        };
        if let Some(version) = version {
            facts["dtls"] = json!(version);
        }
        if let Some(name) = profile::name() {
            facts["srtp"] = json!(name);
        }
        if let Some(pair) = &self.pair {
            facts["local"] = json!(pair.local.addr.to_string());
            facts["remote"] = json!(pair.remote.addr.to_string());
            facts["local_type"] = json!("host");
        }
        let raw = json!({
            "sends": format!("{:?}", self.sends.values().collect::<Vec<_>>()),
            "receives": format!("{:?}", self.receives.values().collect::<Vec<_>>()),
            "channels": channels,
        });
        json!({ "facts": facts, "raw": raw })
    }
}
