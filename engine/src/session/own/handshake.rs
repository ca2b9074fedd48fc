//! How far the handshake is, and the keys that came of it.

use std::time::Instant;

use super::riders::Sped;
use crate::certificate::Certificate;
use crate::config::DtlsVersion;
use crate::dtls::Association;
use crate::sdp::Fingerprint;
use crate::srtp::{Inbound, Outbound};

/// Room for the largest record, as certificates may come in.
const RECORD_BYTES_MAX: usize = 2_048 + 16_384;

/// Datagrams of the peer's that may come before there is a path: twice its first flight.
pub(super) const EARLY_MAX: usize = 4;

/// How far the handshake is.
pub(super) struct Handshake {
    pub(super) certificate: Certificate,
    /// We begin it; `None` before that was agreed on.
    pub(super) client: Option<bool>,
    pub(super) fingerprints: Vec<Fingerprint>,
    /// In DER, once the peer showed it and it has one of the fingerprints.
    pub(super) peer_certificate: Option<Vec<u8>>,
    pub(super) early: Vec<Vec<u8>>,
    pub(super) association: Option<Association>,
    pub(super) version: Option<DtlsVersion>,
    pub(super) wake: Option<Instant>,
    /// Packets of the association of channels that came out of it: authentic ones.
    pub(super) opened: u64,
    pub(super) buffer: Vec<u8>,
    pub(super) sped: Sped,
    pub(super) unproven: Unproven,
    /// What the certificate signed, in a replay.
    pub(super) signatures: Vec<Vec<u8>>,
}

/// Bytes of a handshake with a peer that has not shown where it is.
#[derive(Debug, Default)]
pub(super) struct Unproven {
    pub(super) received: u64,
    pub(super) sent: u64,
}

/// The keys of media.
pub(super) struct Secured {
    pub(super) inbound: Inbound,
    pub(super) outbound: Outbound,
}

impl Handshake {
    pub(super) fn new(certificate: Certificate) -> Self {
        Handshake {
            certificate,
            client: None,
            fingerprints: Vec::new(),
            peer_certificate: None,
            early: Vec::new(),
            association: None,
            version: None,
            wake: None,
            opened: 0,
            buffer: vec![0; RECORD_BYTES_MAX],
            sped: Sped::default(),
            unproven: Unproven::default(),
            signatures: Vec::new(),
        }
    }

    /// It is over: what comes now is small, and has as much room as it asks for.
    pub(super) fn on_connected(&mut self, version: DtlsVersion) {
        self.version = Some(version);
        self.buffer = Vec::new();
    }

    /// There are keys.
    pub(super) fn is_done(&self) -> bool {
        self.version.is_some()
    }
}
