//! Entries of the transport: its pairs, candidates and certificates.

use serde::Serialize;

use super::id::StatsId;
use crate::bitrate::Bitrate;
use crate::candidate::CandidateKind;
use crate::config::SrtpCipher;
use crate::datagram::Protocol;
use crate::event::SelectedPair;
use crate::ice::PairState;
use crate::state::{DtlsRole, DtlsState, IceConnectionState, IceRole};

/// `RTCTransportStats`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransportStats {
    /// Its name.
    pub id: StatsId,
    /// Bytes of all datagrams sent.
    pub bytes_sent: u64,
    /// Bytes of all datagrams received.
    pub bytes_received: u64,
    /// Datagrams sent.
    pub packets_sent: u64,
    /// Datagrams received.
    pub packets_received: u64,
    /// Datagrams that were no packets of ours, and dropped. Not a W3C figure.
    pub packets_discarded: u64,
    /// Whose choice the pair is.
    pub ice_role: IceRole,
    /// The user fragment of our ICE generation.
    pub ice_local_username_fragment: String,
    /// Where ICE stands.
    pub ice_state: IceConnectionState,
    /// The pair that carries the traffic.
    pub selected_candidate_pair_id: Option<StatsId>,
    /// Where DTLS stands.
    pub dtls_state: DtlsState,
    /// Who began the handshake.
    pub dtls_role: DtlsRole,
    /// Our certificate.
    pub local_certificate_id: Option<StatsId>,
    /// The peer's.
    pub remote_certificate_id: Option<StatsId>,
    /// Four hexadecimal digits, such as `FEFC` for DTLS 1.3.
    pub tls_version: Option<&'static str>,
    /// The cipher of media.
    pub srtp_cipher: Option<SrtpCipher>,
    /// Times that another pair was selected.
    pub selected_candidate_pair_changes: u32,
    /// Messages on arrivals (RFC 8888) sent; `None` where both sides do not have it.
    pub ccfb_messages_sent: Option<u64>,
    /// Those received.
    pub ccfb_messages_received: Option<u64>,
}

/// `RTCIceCandidatePairStats`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CandidatePairStats {
    /// Its name.
    pub id: StatsId,
    /// The transport it belongs to.
    pub transport_id: StatsId,
    /// Our candidate.
    pub local_candidate_id: StatsId,
    /// The peer's.
    pub remote_candidate_id: StatsId,
    /// Its two ends.
    #[serde(flatten)]
    pub pair: SelectedPair,
    /// How far its check is.
    pub state: PairState,
    /// Both sides agreed to use it.
    pub nominated: bool,
    /// It carries the traffic. Not a W3C figure.
    pub selected: bool,
    /// Packets sent, checks left out.
    pub packets_sent: Option<u64>,
    /// Bytes of them.
    pub bytes_sent: Option<u64>,
    /// Packets received, checks left out.
    pub packets_received: Option<u64>,
    /// Bytes of them.
    pub bytes_received: Option<u64>,
    /// When the last of those was sent.
    pub last_packet_sent_timestamp: Option<f64>,
    /// When the last of those came.
    pub last_packet_received_timestamp: Option<f64>,
    /// Round trip of the last check.
    pub current_round_trip_time: Option<f64>,
    /// Sum of all round trips.
    pub total_round_trip_time: f64,
    /// What the estimator thinks can be sent on the selected pair, in bits per second.
    pub available_outgoing_bitrate: Option<Bitrate>,
    /// Checks received, repetitions among them.
    pub requests_received: u64,
    /// Checks sent, repetitions and consent left out.
    pub requests_sent: u64,
    /// Answers to checks, those of consent among them.
    pub responses_received: u64,
    /// Answers sent.
    pub responses_sent: u64,
    /// Consent checks sent.
    pub consent_requests_sent: u64,
}

/// `RTCIceCandidateStats`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IceCandidateStats {
    /// Its name.
    pub id: StatsId,
    /// The transport it belongs to.
    pub transport_id: StatsId,
    /// Its IP address, or the name that hides it.
    pub address: String,
    /// Its port.
    pub port: u16,
    /// What carries its datagrams.
    pub protocol: Protocol,
    /// What it is.
    pub candidate_type: CandidateKind,
    /// Higher is preferred; 0 where it is not known.
    pub priority: u32,
    /// Equal for candidates that share their fate; `None` where it is not known.
    pub foundation: Option<String>,
    /// The base of a reflexive or relayed one.
    pub related_address: Option<String>,
    /// Its port.
    pub related_port: Option<u16>,
    /// The user fragment of its ICE generation.
    pub username_fragment: Option<String>,
    /// `active`, `passive` or `so`, for TCP.
    pub tcp_type: Option<String>,
}

/// `RTCCertificateStats`. There are no chains of certificates in WebRTC, so none has an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateStats {
    /// Its name.
    pub id: StatsId,
    /// As descriptions write it: hexadecimal digits in pairs (RFC 8122 section 5).
    pub fingerprint: String,
    /// The hash function, such as `sha-256`.
    pub fingerprint_algorithm: String,
    /// The certificate in DER, in base 64; `None` where the session does not show it.
    pub base64_certificate: Option<String>,
}
