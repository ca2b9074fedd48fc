//! What is known of a connection, in the words of the protocol.

use lapwing_engine::{MediaKind, RemoteInboundRtpStats, Rtc, Stats, StatsId};
use serde_json::{Map, Value, json};

use super::connection::Connection;

impl Connection {
    /// The reply to `stats`.
    pub(super) fn stats(&self) -> Value {
        let Some(stats) = self.rtc.as_ref().map(Rtc::stats) else {
            return json!({"facts": {}});
        };
        let mut facts = transport(&stats);
        if facts.contains_key("dtls")
            && let Some(role) = self.negotiation.dtls_role()
        {
            facts.insert("dtls_role".to_owned(), json!(role));
        }
        if let Some(rid) = self.receivers.values().find_map(|receiver| receiver.rid) {
            facts.insert("rid".to_owned(), json!(rid));
        }
        let raw = serde_json::to_value(&stats).unwrap_or_else(|error| json!(error.to_string()));
        json!({"facts": facts, "raw": raw})
    }

    /// The reply to `seen`.
    pub(super) fn seen(&mut self) -> Value {
        let stats = self.rtc.as_ref().map(Rtc::stats);
        let figures = stats.map(|stats| stats.inbound_rtp).unwrap_or_default();
        let media = self.receivers.values_mut().map(|receiver| receiver.report(&figures));
        json!({"media": media.collect::<Vec<_>>()})
    }
}

fn transport(stats: &Stats) -> Map<String, Value> {
    let mut facts = Map::new();
    let mut put = |name: &str, value: Value| facts.insert(name.to_owned(), value);
    match stats.transport.tls_version {
        Some("FEFD") => put("dtls", json!("1.2")),
        Some("FEFC") => put("dtls", json!("1.3")),
        _ => None,
    };
    if let Some(cipher) = stats.transport.srtp_cipher {
        put("srtp", json!(cipher.to_string()));
    }
    if let Some(pair) = &stats.candidate_pair {
        put("local", json!(pair.pair.local.to_string()));
        put("remote", json!(pair.pair.remote.to_string()));
        put("local_type", json!(pair.pair.local_kind.to_string()));
        let mut known = stats.remote_candidates.iter();
        if let Some(remote) = known.find(|known| known.id == pair.remote_candidate_id) {
            put("remote_type", json!(remote.candidate_type.to_string()));
        }
    }
    let inbound = |count: fn(&lapwing_engine::InboundRtpStats) -> u64| -> u64 {
        stats.inbound_rtp.iter().map(count).sum()
    };
    let outbound = |count: fn(&lapwing_engine::OutboundRtpStats) -> u64| -> u64 {
        stats.outbound_rtp.iter().map(count).sum()
    };
    put("nacks_sent", json!(inbound(|figures| figures.nack_count)));
    put("nacks_received", json!(outbound(|figures| figures.nack_count)));
    put("plis_sent", json!(inbound(|figures| figures.pli_count)));
    put("plis_received", json!(outbound(|figures| figures.pli_count)));
    let sound = stats.outbound_rtp.iter().filter(|it| it.kind == MediaKind::Audio);
    put("sound_packets_sent", json!(sound.map(|it| it.packets_sent).sum::<u64>()));
    let lost = stats.inbound_rtp.iter().filter_map(|it| it.packets_lost).sum::<i64>();
    put("lost", json!(lost));
    put("retransmitted", json!(outbound(|it| it.retransmitted_packets_sent.unwrap_or(0))));
    put("fec_received", json!(inbound(|it| it.fec_packets_received.unwrap_or(0))));
    put("fec_discarded", json!(inbound(|it| it.fec_packets_discarded.unwrap_or(0))));
    put("fec_recovered", json!(inbound(|it| it.fec_packets_recovered.unwrap_or(0))));
    put("ect1_received", json!(inbound(|it| it.packets_received_with_ect1.unwrap_or(0))));
    put("ce_received", json!(inbound(|it| it.packets_received_with_ce.unwrap_or(0))));
    let told = |count: fn(&RemoteInboundRtpStats) -> Option<u64>| -> u64 {
        stats.remote_inbound_rtp.iter().filter_map(count).sum()
    };
    put("ect1_told", json!(told(|it| it.packets_received_with_ect1)));
    put("ce_told", json!(told(|it| it.packets_received_with_ce)));
    let received = stats.inbound_rtp.iter().map(|stream| stream.codec_id.as_ref());
    put("codecs_received", json!(names_of(received, stats)));
    let sent = stats.outbound_rtp.iter().map(|stream| stream.codec_id.as_ref());
    put("codecs_sent", json!(names_of(sent, stats)));
    if let Some(sent) = stats.transport.ccfb_messages_sent {
        put("ccfb_sent", json!(sent));
    }
    if let Some(received) = stats.transport.ccfb_messages_received {
        put("ccfb_received", json!(received));
    }
    facts
}

/// Names of the codecs of streams' last packets.
fn names_of<'a>(ids: impl Iterator<Item = Option<&'a StatsId>>, stats: &'a Stats) -> Vec<&'a str> {
    let codecs = ids.filter_map(|id| stats.codecs.iter().find(|codec| Some(&codec.id) == id));
    codecs.filter_map(|codec| codec.mime_type.split('/').nth(1)).collect()
}
