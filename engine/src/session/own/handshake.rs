//! How far the handshake is, and the keys that came of it.

use std::time::Instant;

use dimpl::DtlsCertificate;

use crate::config::DtlsVersion;
use crate::dtls::Association;
use crate::sdp::Fingerprint;
use crate::srtp::{Inbound, Outbound};

/// Room for the largest record.
const RECORD_BYTES_MAX: usize = 2_048 + 16_384;

/// Datagrams of the peer's that may come before there is a path: twice its first flight.
pub(super) const EARLY_MAX: usize = 4;

/// How far the handshake is.
pub(super) struct Handshake {
    pub(super) certificate: DtlsCertificate,
    /// We begin it; `None` before that was agreed on.
    pub(super) client: Option<bool>,
    pub(super) fingerprints: Vec<Fingerprint>,
    pub(super) early: Vec<Vec<u8>>,
    pub(super) association: Option<Association>,
    pub(super) version: Option<DtlsVersion>,
    pub(super) wake: Option<Instant>,
    pub(super) buffer: Vec<u8>,
}

/// The keys of media.
pub(super) struct Secured {
    pub(super) inbound: Inbound,
    pub(super) outbound: Outbound,
}

impl Handshake {
    pub(super) fn new(certificate: DtlsCertificate) -> Self {
        Handshake {
            certificate,
            client: None,
            fingerprints: Vec::new(),
            early: Vec::new(),
            association: None,
            version: None,
            wake: None,
            buffer: vec![0; RECORD_BYTES_MAX],
        }
    }

    /// There are keys.
    pub(super) fn is_done(&self) -> bool {
        self.version.is_some()
    }
}
