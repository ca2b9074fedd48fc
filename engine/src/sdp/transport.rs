//! What a description says of ICE and DTLS.

use crate::candidate::IceCandidate;

/// ICE and DTLS attributes, of the session or of an m-line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransportAttributes {
    /// `a=ice-ufrag` (RFC 8839 section 5.4).
    pub ice_ufrag: Option<String>,
    /// `a=ice-pwd`.
    pub ice_pwd: Option<String>,
    /// `a=ice-options` (RFC 8839 section 5.6), each option.
    pub ice_options: Vec<String>,
    /// `a=candidate` (RFC 8839 section 5.1). Lines that cannot be read are left out: they are of transports or types that
    /// are not known here, and others may do.
    pub candidates: Vec<IceCandidate>,
    /// `a=end-of-candidates` (RFC 8840 section 8.2).
    pub end_of_candidates: bool,
    /// `a=fingerprint` (RFC 8122 section 5), any number.
    pub fingerprints: Vec<Fingerprint>,
    /// `a=setup` (RFC 4145 section 4, RFC 8842 section 5.3).
    pub setup: Option<Setup>,
    /// `a=tls-id` (RFC 8842 section 4).
    pub tls_id: Option<String>,
}

/// A certificate by its hash (RFC 8122 section 5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// Which hash.
    pub function: HashFunction,
    /// Its value, as many bytes as the function gives.
    pub value: Vec<u8>,
}

/// Hash functions by their names in SDP, which are read in any case and written in lower case (RFC 8122 section 5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HashFunction {
    /// `sha-1`: read, too weak to be relied on.
    Sha1,
    /// `sha-224`.
    Sha224,
    /// `sha-256`.
    Sha256,
    /// `sha-384`.
    Sha384,
    /// `sha-512`.
    Sha512,
    /// Another, in lower case.
    Other(String),
}

/// Who begins the handshake (RFC 4145 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setup {
    /// Whoever answers chooses: only in offers.
    ActPass,
    /// This side does.
    Active,
    /// The other side does.
    Passive,
    /// Nobody yet: not used in WebRTC.
    HoldConn,
}
