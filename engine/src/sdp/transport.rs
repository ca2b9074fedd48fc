//! What a description says of ICE and DTLS.

use std::fmt;

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
    /// `a=candidate` (RFC 8839 section 5.1). Lines that cannot be read are left out: they are of
    /// transports or types that are not known here, and others may do.
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

/// Hash functions by their names in SDP, which are read in any case and written in lower case (RFC
/// 8122 section 5).
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

impl HashFunction {
    const KNOWN: [(HashFunction, &'static str, usize); 5] = [
        (HashFunction::Sha1, "sha-1", 20),
        (HashFunction::Sha224, "sha-224", 28),
        (HashFunction::Sha256, "sha-256", 32),
        (HashFunction::Sha384, "sha-384", 48),
        (HashFunction::Sha512, "sha-512", 64),
    ];

    /// The function of a name in any case.
    pub fn from_name(name: &str) -> Self {
        let mut known = Self::KNOWN.into_iter();
        let found = known.find(|(_, known, _)| known.eq_ignore_ascii_case(name));
        found.map_or_else(|| HashFunction::Other(name.to_ascii_lowercase()), |(known, ..)| known)
    }

    /// Its name, in lower case.
    pub fn name(&self) -> &str {
        match self {
            HashFunction::Other(name) => name,
            known => known.known().map_or("", |(name, _)| name),
        }
    }

    /// Bytes of its values, where it is known.
    pub fn bytes(&self) -> Option<usize> {
        self.known().map(|(_, bytes)| bytes)
    }

    /// Name and length, where it is known.
    pub(super) fn known(&self) -> Option<(&'static str, usize)> {
        let found = Self::KNOWN.iter().find(|(known, ..)| known == self);
        found.map(|(_, name, bytes)| (*name, *bytes))
    }
}

impl fmt::Display for HashFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// As the attribute has it: `sha-256 4A:AD:..`, digits in upper case.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.function)?;
        for (index, byte) in self.value.iter().enumerate() {
            write!(f, "{}{byte:02X}", if index == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl Setup {
    /// The role of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Setup::ActPass, Setup::Active, Setup::Passive, Setup::HoldConn];
        all.into_iter().find(|setup| setup.name() == name)
    }

    /// The word of the attribute.
    pub const fn name(self) -> &'static str {
        match self {
            Setup::ActPass => "actpass",
            Setup::Active => "active",
            Setup::Passive => "passive",
            Setup::HoldConn => "holdconn",
        }
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
