//! Facts of a peer connection.

use std::time::Instant;

use rtc::peer_connection::RTCPeerConnection;
use rtc::statistics::StatsSelector;
use rtc::statistics::report::RTCStatsReportEntry;
use serde_json::{Value, json};

use crate::connection::Requests;

/// The reply to `stats`.
pub(crate) fn told(pc: &mut RTCPeerConnection, requests: Requests) -> Value {
    let report = pc.get_stats(Instant::now(), StatsSelector::None);
    let mut facts = json!({});
    if let Some(transport) = report.transport() {
        facts["dtls"] = json!("1.2");
        facts["dtls_role"] = json!(transport.dtls_role.to_string());
        facts["cipher"] = json!(transport.dtls_cipher);
        if !transport.srtp_cipher.is_empty() {
            facts["srtp"] = json!(transport.srtp_cipher);
        }
    }
    let selected = report.transport().map(|it| it.selected_candidate_pair_id.as_str());
    let pair = report.candidate_pairs().find(|pair| Some(pair.stats.id.as_str()) == selected);
    if let Some(pair) = pair {
        for (name, id) in
            [("local", &pair.local_candidate_id), ("remote", &pair.remote_candidate_id)]
        {
            let entry = report.iter().find(|entry| entry.id().ends_with(id.as_str()));
            let (Some(RTCStatsReportEntry::LocalCandidate(it))
            | Some(RTCStatsReportEntry::RemoteCandidate(it))) = entry
            else {
                continue;
            };
            let address = it.address.clone().unwrap_or_default();
            let address = if address.contains(':') { format!("[{address}]") } else { address };
            facts[name] = json!(format!("{address}:{}", it.port));
            facts[format!("{name}_type")] = json!(it.candidate_type.to_string());
        }
    }
    let (mut nacks_sent, mut nacks_received) = (0, 0);
    for stream in report.inbound_rtp_streams() {
        nacks_sent += stream.nack_count;
    }
    let mut retransmitted = 0;
    for stream in report.outbound_rtp_streams() {
        nacks_received += stream.nack_count;
        retransmitted += stream.retransmitted_packets_sent;
    }
    facts["nacks_sent"] = json!(nacks_sent);
    facts["plis_sent"] = json!(requests.sent);
    facts["nacks_received"] = json!(nacks_received);
    facts["plis_received"] = json!(requests.received);
    facts["retransmitted"] = json!(retransmitted);
    let raw: Vec<String> = report.iter().map(|entry| format!("{entry:?}")).collect();
    json!({ "facts": facts, "raw": raw })
}
