//! Statistics of a connection.

use super::Rtc;
use crate::config::DtlsVersion;
use crate::session::{Figures, Session};
use crate::stats::{CandidatePairStats, Stats, TransportStats};

impl Rtc {
    /// The secrets of the DTLS handshake as lines of an NSS key log, which Wireshark reads; none
    /// without [`Config::key_log`](crate::Config::key_log) or before the handshake is over.
    pub fn key_log(&self) -> Option<&str> {
        self.session.key_log()
    }

    /// Everything known at this moment, by W3C names.
    pub fn stats(&self) -> Stats {
        let kind_of = |mid| self.jsep.kind_of(mid);
        let Figures { transport: figures, inbound, outbound } = self.session.figures();
        let inbound_rtp = self.stats.inbound(&inbound, kind_of);
        let outbound_rtp = self.stats.outbound(&outbound, kind_of);
        Stats {
            timestamp: self.now.saturating_duration_since(self.started).as_secs_f64(),
            connection_state: self.connection,
            transport: self.transport_stats(),
            candidate_pair: self.pair.map(|pair| CandidatePairStats {
                pair,
                current_round_trip_time: figures.round_trip.map(|rtt| rtt.as_secs_f64()),
                total_round_trip_time: figures.total_round_trip.as_secs_f64(),
                responses_received: figures.responses_received,
                available_outgoing_bitrate: figures.available_outgoing,
            }),
            inbound_rtp,
            outbound_rtp,
            data_channels: self.stats.channels,
            not_polled: self.outputs.lost() + self.gatherer.put_off(),
        }
    }

    fn transport_stats(&self) -> TransportStats {
        // Version numbers as on the wire (RFC 6347 section 4.1, RFC 9147 section 5.3).
        let tls_version = self.session.dtls_version().map(|version| match version {
            DtlsVersion::V1_2 => "FEFD",
            DtlsVersion::V1_3 | DtlsVersion::Auto => "FEFC",
        });
        TransportStats {
            bytes_sent: self.stats.bytes_sent,
            bytes_received: self.stats.bytes_received,
            packets_sent: self.stats.packets_sent,
            packets_received: self.stats.packets_received,
            packets_discarded: self.stats.packets_discarded,
            ice_state: self.ice,
            dtls_state: self.dtls,
            tls_version,
            srtp_cipher: self.session.srtp_cipher(),
            selected_candidate_pair_changes: self.stats.pair_changes,
        }
    }
}
