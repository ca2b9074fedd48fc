//! What can go wrong, by operation.

use std::error::Error;
use std::fmt;

use super::profile::ProtectionProfile;

/// Why keys are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The keying material, or a key with its salt, has another length than the profile's.
    Length {
        /// The profile that the keys are for.
        profile: ProtectionProfile,
        /// The bytes that it needs.
        expected: usize,
        /// The bytes that there are.
        actual: usize,
    },
    /// OpenSSL has no such cipher, or no memory for it.
    Cipher(ProtectionProfile),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::Length { profile, expected, actual } => {
                write!(f, "{profile} needs {expected} bytes of keys, not {actual}")
            }
            KeyError::Cipher(profile) => write!(f, "OpenSSL does not give the cipher of {profile}"),
        }
    }
}

impl Error for KeyError {}

/// Why a packet cannot be protected. It must not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtectError {
    /// No RTP or RTCP packet: too short for its header, or of another version.
    Header,
    /// The header extension is of no kind that Cryptex can encrypt: neither one-byte nor two-byte
    /// with application bits zero (RFC 9335 section 5.1). Or Cryptex is off, and the extension has
    /// its mark.
    Extension,
    /// A packet with this sequence number was protected. Another one would tell both contents
    /// (RFC 3711 section 9.1): send the bytes again that the first protection gave.
    Reused,
    /// The sequence number is so far below the newest that it is not known whether it was used.
    TooOld,
    /// The source has sent as many packets as its keys may protect: 2^48 of RTP, 2^31 of RTCP (RFC
    /// 3711 section 9.2).
    Exhausted,
    /// As many sources as [`Options::sources_max`](super::Options::sources_max) have sent.
    TooManySources,
    /// OpenSSL refused.
    Cipher,
}

impl fmt::Display for ProtectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProtectError::Header => "the packet has no whole header",
            ProtectError::Extension => "the header extension cannot be encrypted",
            ProtectError::Reused => "the sequence number was used",
            ProtectError::TooOld => "the sequence number is too old to know whether it was used",
            ProtectError::Exhausted => "the keys have protected all they may",
            ProtectError::TooManySources => "too many sources",
            ProtectError::Cipher => "OpenSSL refuses to encrypt",
        })
    }
}

impl Error for ProtectError {}

/// Why a packet that arrived is dropped. What the buffer holds after that is of no use to anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Discard {
    /// Shorter than its header, tag and index.
    Truncated,
    /// Neither RTP nor RTCP of version 2.
    Version,
    /// Encrypted as RFC 9335 has it, which is not agreed on.
    Cryptex,
    /// RTCP that says it is not encrypted. The profiles know no such thing.
    Clear,
    /// From a source more than [`Options::sources_max`](super::Options::sources_max) allows.
    TooManySources,
    /// Its index was seen already.
    Replayed,
    /// Its index is below the replay window.
    TooOld,
    /// Its index is beyond 2^48.
    Exhausted,
    /// The tag is not that of this packet: forged, damaged, or from other keys.
    Authentication,
}

impl Discard {
    /// The name of the reason in logs and counters.
    pub const fn name(self) -> &'static str {
        match self {
            Discard::Truncated => "truncated",
            Discard::Version => "version",
            Discard::Cryptex => "cryptex",
            Discard::Clear => "clear",
            Discard::TooManySources => "too-many-sources",
            Discard::Replayed => "replayed",
            Discard::TooOld => "too-old",
            Discard::Exhausted => "exhausted",
            Discard::Authentication => "authentication",
        }
    }
}

impl fmt::Display for Discard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Error for Discard {}
