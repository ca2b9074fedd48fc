//! Protection profiles: which cipher, which lengths.

use std::fmt;

use crate::config::SrtpCipher;

use super::hmac;
use super::rtcp::INDEX_BYTES;

/// An SRTP protection profile (RFC 5764 section 4.1.2, RFC 7714 section 14.2): the cipher of a
/// session with the lengths of its keys and tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProtectionProfile {
    /// AES-128 in counter mode, HMAC-SHA1 with tags of 80 bits.
    Aes128CmSha1_80,
    /// AES-128 in counter mode, HMAC-SHA1 with tags of 32 bits for RTP and 80 bits for RTCP.
    Aes128CmSha1_32,
    /// AES-128 in Galois/counter mode.
    AeadAes128Gcm,
    /// AES-256 in Galois/counter mode.
    AeadAes256Gcm,
}

impl ProtectionProfile {
    /// All of them, the strongest first.
    pub const ALL: [ProtectionProfile; 4] = [
        ProtectionProfile::AeadAes256Gcm,
        ProtectionProfile::AeadAes128Gcm,
        ProtectionProfile::Aes128CmSha1_80,
        ProtectionProfile::Aes128CmSha1_32,
    ];

    /// Its number in the `use_srtp` extension of DTLS.
    pub const fn id(self) -> u16 {
        match self {
            ProtectionProfile::Aes128CmSha1_80 => 0x0001,
            ProtectionProfile::Aes128CmSha1_32 => 0x0002,
            ProtectionProfile::AeadAes128Gcm => 0x0007,
            ProtectionProfile::AeadAes256Gcm => 0x0008,
        }
    }

    /// The profile of a number in the `use_srtp` extension. `None` for all others.
    pub fn from_id(id: u16) -> Option<Self> {
        ProtectionProfile::ALL.into_iter().find(|profile| profile.id() == id)
    }

    /// Bytes of a master key, and of the session key for encryption.
    pub const fn key_bytes(self) -> usize {
        match self {
            ProtectionProfile::AeadAes256Gcm => 32,
            _ => 16,
        }
    }

    /// Bytes of a master salt, and of the session salt.
    pub const fn salt_bytes(self) -> usize {
        if self.is_aead() { 12 } else { 14 }
    }

    /// Bytes to export from DTLS: keys and salts of both sides (RFC 5764 section 4.2).
    pub const fn keying_material_bytes(self) -> usize {
        2 * (self.key_bytes() + self.salt_bytes())
    }

    /// Bytes that protection adds to an RTP packet, as long as Cryptex adds none.
    pub const fn rtp_overhead(self) -> usize {
        match self {
            ProtectionProfile::Aes128CmSha1_80 => 10,
            ProtectionProfile::Aes128CmSha1_32 => 4,
            ProtectionProfile::AeadAes128Gcm | ProtectionProfile::AeadAes256Gcm => 16,
        }
    }

    /// Bytes that protection adds to an RTCP packet: tag and index.
    pub const fn rtcp_overhead(self) -> usize {
        INDEX_BYTES + if self.is_aead() { 16 } else { 10 }
    }

    /// Bytes of the key of HMAC-SHA1. Zero where the cipher itself authenticates.
    pub(super) const fn authentication_key_bytes(self) -> usize {
        if self.is_aead() { 0 } else { hmac::KEY_BYTES }
    }

    pub(super) const fn is_aead(self) -> bool {
        matches!(self, ProtectionProfile::AeadAes128Gcm | ProtectionProfile::AeadAes256Gcm)
    }
}

impl From<SrtpCipher> for ProtectionProfile {
    fn from(cipher: SrtpCipher) -> Self {
        match cipher {
            SrtpCipher::Aes128CmSha1_80 => ProtectionProfile::Aes128CmSha1_80,
            SrtpCipher::AeadAes128Gcm => ProtectionProfile::AeadAes128Gcm,
            SrtpCipher::AeadAes256Gcm => ProtectionProfile::AeadAes256Gcm,
        }
    }
}

impl fmt::Display for ProtectionProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProtectionProfile::Aes128CmSha1_80 => "SRTP_AES128_CM_HMAC_SHA1_80",
            ProtectionProfile::Aes128CmSha1_32 => "SRTP_AES128_CM_HMAC_SHA1_32",
            ProtectionProfile::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            ProtectionProfile::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lengths_are_those_of_the_registry() {
        let lengths = ProtectionProfile::ALL.map(|profile| {
            assert_eq!(ProtectionProfile::from_id(profile.id()), Some(profile));
            (profile.id(), profile.keying_material_bytes(), profile.rtp_overhead())
        });
        assert_eq!(lengths, [(8, 88, 16), (7, 56, 16), (1, 60, 10), (2, 60, 4)]);
        assert_eq!(ProtectionProfile::from_id(3), None);
        assert_eq!(ProtectionProfile::Aes128CmSha1_32.rtcp_overhead(), 14);
        assert_eq!(ProtectionProfile::AeadAes256Gcm.rtcp_overhead(), 20);
    }
}
