//! Statistics of a connection.

use std::time::Duration;

use super::Rtc;
use crate::config::DtlsVersion;
use crate::diagnosis::{Diagnosis, PairFate, findings};
use crate::session::{Figures, Session};
use crate::state::{DtlsRole, IceRole};
use crate::stats::{
    Stats, StreamContext, TransportStats, certificates, channels, local_candidates, pairs,
    peer_connection, remote_candidates, remote_inbound, remote_outbound, transport_id,
};

impl Rtc {
    /// The secrets of the DTLS handshake as lines of an NSS key log, which Wireshark reads; none
    /// without [`Config::key_log`](crate::Config::key_log) or before the handshake is over.
    pub fn key_log(&self) -> Option<&str> {
        self.session.key_log()
    }

    /// How long what was written and has not left yet takes to leave, at the rate of the pacer: the
    /// next frame waits that much before its first packet is sent. An encoder that leaves pictures
    /// out while this is long keeps the delay of a call short. Zero before there is a path, and
    /// with [`SessionKind::Str0m`](crate::SessionKind::Str0m), which does not tell.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use lapwing_engine::{Config, Rtc};
    ///
    /// let rtc = Rtc::new(Config::seeded(1), Instant::now());
    /// assert_eq!(rtc.send_delay(), Duration::ZERO);
    /// ```
    pub fn send_delay(&self) -> Duration {
        self.session.send_delay()
    }

    /// Everything known at this moment, by W3C names.
    pub fn stats(&self) -> Stats {
        let kind_of = |mid| self.jsep.kind_of(mid);
        let encodings_of = |mid| self.jsep.sent_encodings(mid);
        let context = StreamContext {
            started: self.started,
            kind_of: &kind_of,
            agreed: &self.agreed,
            encodings_of: &encodings_of,
        };
        let figures = self.session.figures();
        let known_channels = self.channels.figures();
        let candidate_pairs = pairs(&figures, self.started);
        Stats {
            timestamp: self.now.saturating_duration_since(self.started).as_secs_f64(),
            connection_state: self.connection,
            peer_connection: peer_connection(
                self.stats.channels.data_channels_opened,
                &known_channels,
            ),
            transport: self.transport_stats(&figures),
            candidate_pair: candidate_pairs.iter().find(|pair| pair.selected).cloned(),
            candidate_pairs,
            local_candidates: local_candidates(self.session.local_candidates(), &figures),
            remote_candidates: remote_candidates(&figures),
            certificates: certificates(&figures),
            codecs: context.codecs(&figures.inbound, &figures.outbound),
            inbound_rtp: self.stats.inbound(&figures.inbound, &context),
            outbound_rtp: self.stats.outbound(&figures.outbound, &context),
            remote_inbound_rtp: remote_inbound(&figures.outbound, &context),
            remote_outbound_rtp: remote_outbound(&figures.inbound, &context),
            data_channels: self.stats.channels,
            open_data_channels: channels(&known_channels, &figures),
            not_polled: self.outputs.lost() + self.gatherer.put_off(),
        }
    }

    /// How this connection is, or is not, reached: what was tried, what became of it, and what is
    /// wrong.
    ///
    /// ```
    /// use std::time::Instant;
    /// use lapwing_engine::{Config, Finding, Input, Interface, Rtc};
    ///
    /// let now = Instant::now();
    /// let mut rtc = Rtc::new(Config::seeded(1), now);
    /// let interfaces = [Interface::new("eth0", "169.254.0.7".parse().unwrap())];
    /// rtc.handle_input(Input::Interfaces(&interfaces), now);
    /// assert_eq!(rtc.diagnose().findings, [Finding::NoNetwork]);
    /// ```
    pub fn diagnose(&self) -> Diagnosis {
        let figures = self.session.figures();
        let pairs = figures.pairs.iter().map(|pair| PairFate {
            local: pair.local.clone(),
            remote: pair.remote.clone(),
            state: pair.state,
            selected: pair.selected,
            requests_sent: pair.counters.requests_sent,
            responses_received: pair.counters.responses_received,
            requests_received: pair.counters.requests_received,
            round_trip: pair.counters.current_round_trip_time,
        });
        let mut tried = Diagnosis {
            interfaces: self.gatherer.interfaces().to_vec(),
            servers: self.gatherer.reports(),
            nat: self.gatherer.nat_reports(),
            local_candidates: self.session.local_candidates(),
            pairs: pairs.collect(),
            findings: Vec::new(),
        };
        let since_start = self.now.saturating_duration_since(self.started);
        tried.findings = findings(&tried, self.config.unix_time.saturating_add(since_start));
        tried
    }

    fn transport_stats(&self, figures: &Figures) -> TransportStats {
        // Version numbers as on the wire (RFC 6347 section 4.1, RFC 9147 section 5.3).
        let tls_version = self.session.dtls_version().map(|version| match version {
            DtlsVersion::V1_2 => "FEFD",
            DtlsVersion::V1_3 | DtlsVersion::Auto => "FEFC",
        });
        let certificates = certificates(figures).into_iter().map(|it| it.id);
        let [local_certificate_id, remote_certificate_id] = {
            let mut ids = certificates;
            [ids.next(), ids.next()]
        };
        let selected = pairs(figures, self.started).into_iter().find(|pair| pair.selected);
        TransportStats {
            id: transport_id(),
            bytes_sent: self.stats.bytes_sent,
            bytes_received: self.stats.bytes_received,
            packets_sent: self.stats.packets_sent,
            packets_received: self.stats.packets_received,
            packets_discarded: self.stats.packets_discarded,
            ice_role: IceRole::of(figures.transport.controlling),
            ice_local_username_fragment: self.local_ufrag(),
            ice_state: self.ice,
            selected_candidate_pair_id: selected.map(|pair| pair.id),
            dtls_state: self.dtls,
            dtls_role: DtlsRole::of(figures.transport.dtls_client),
            local_certificate_id,
            remote_certificate_id,
            tls_version,
            srtp_cipher: self.session.srtp_cipher(),
            selected_candidate_pair_changes: self.stats.pair_changes,
            ccfb_messages_sent: figures.transport.ccfb_messages.map(|(sent, _)| sent),
            ccfb_messages_received: figures.transport.ccfb_messages.map(|(_, received)| received),
        }
    }
}
