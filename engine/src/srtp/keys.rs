//! Master keys, and the session keys that are derived from them.

use std::fmt;

use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;
use openssl::error::ErrorStack;
use zeroize::Zeroizing;

use super::error::KeyError;
use super::hmac;
use super::profile::ProtectionProfile;

/// The longest key of a profile.
const KEY_BYTES_MAX: usize = 32;

/// The longest salt of a profile, and the length of it in key derivation: shorter ones are
/// followed by zeros (RFC 7714 section 11).
const SALT_BYTES_MAX: usize = 14;

/// Bytes of an AES block.
const BLOCK_BYTES: usize = 16;

/// Where the label stands in what the salt is combined with: before an index of 48 bits, which is
/// zero without a key derivation rate (RFC 3711 section 4.3.1).
const LABEL_AT: usize = 7;

/// The keys that one side writes with. Wiped when dropped.
pub struct MasterKey {
    profile: ProtectionProfile,
    key: Zeroizing<[u8; KEY_BYTES_MAX]>,
    salt: Zeroizing<[u8; SALT_BYTES_MAX]>,
}

impl MasterKey {
    /// Key and salt of the lengths that the profile has.
    pub fn new(profile: ProtectionProfile, key: &[u8], salt: &[u8]) -> Result<Self, KeyError> {
        if key.len() != profile.key_bytes() || salt.len() != profile.salt_bytes() {
            return Err(KeyError::Length {
                profile,
                expected: profile.key_bytes() + profile.salt_bytes(),
                actual: key.len() + salt.len(),
            });
        }
        let mut master = MasterKey {
            profile,
            key: Zeroizing::new([0; KEY_BYTES_MAX]),
            salt: Zeroizing::new([0; SALT_BYTES_MAX]),
        };
        master.key[..key.len()].copy_from_slice(key);
        master.salt[..salt.len()].copy_from_slice(salt);
        Ok(master)
    }

    /// What the keys are for.
    pub fn profile(&self) -> ProtectionProfile {
        self.profile
    }

    /// The session keys for RTP.
    pub(super) fn rtp(&self) -> Result<SessionKeys, KeyError> {
        self.session([0x00, 0x01, 0x02])
    }

    /// The session keys for RTCP.
    pub(super) fn rtcp(&self) -> Result<SessionKeys, KeyError> {
        self.session([0x03, 0x04, 0x05])
    }

    /// The keys with the labels for encryption, authentication and salt (RFC 3711 section 4.3.2).
    fn session(&self, labels: [u8; 3]) -> Result<SessionKeys, KeyError> {
        let mut keys = SessionKeys {
            profile: self.profile,
            key: Zeroizing::new([0; KEY_BYTES_MAX]),
            authentication: Zeroizing::new([0; hmac::KEY_BYTES]),
            salt: Zeroizing::new([0; SALT_BYTES_MAX]),
        };
        let [encryption, authentication, salt] = labels;
        let profile = self.profile;
        let parts = [
            (encryption, &mut keys.key[..profile.key_bytes()]),
            (authentication, &mut keys.authentication[..profile.authentication_key_bytes()]),
            (salt, &mut keys.salt[..profile.salt_bytes()]),
        ];
        for (label, key) in parts {
            self.derive(label, key).map_err(|_| KeyError::Cipher(profile))?;
        }
        Ok(keys)
    }

    /// The pseudo-random function of RFC 3711 section 4.3.3: counter mode over zeros, its key as
    /// long as the master key (RFC 7714 section 11).
    fn derive(&self, label: u8, key: &mut [u8]) -> Result<(), ErrorStack> {
        let mut iv = Zeroizing::new([0; BLOCK_BYTES]);
        iv[..SALT_BYTES_MAX].copy_from_slice(&*self.salt);
        iv[LABEL_AT] ^= label;
        let cipher = match self.profile {
            ProtectionProfile::AeadAes256Gcm => Cipher::aes_256_ctr(),
            _ => Cipher::aes_128_ctr(),
        };
        let mut ctx = CipherCtx::new()?;
        let master = &self.key[..self.profile.key_bytes()];
        ctx.encrypt_init(Some(cipher), Some(master), Some(&*iv))?;
        key.fill(0);
        ctx.cipher_update_inplace(key, key.len()).map(drop)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.profile)
    }
}

/// The keys of both sides of a DTLS association.
#[derive(Debug)]
pub struct Keys {
    /// What the DTLS client protects with and the server unprotects with.
    pub client: MasterKey,
    /// What the DTLS server protects with and the client unprotects with.
    pub server: MasterKey,
}

impl Keys {
    /// The label with which DTLS exports the keying material (RFC 5764 section 4.2).
    pub const EXPORTER_LABEL: &str = "EXTRACTOR-dtls_srtp";

    /// Splits what DTLS exported: both keys, then both salts, the client's first (RFC 5764 section
    /// 4.2). It has to be [`ProtectionProfile::keying_material_bytes`] long.
    pub fn from_keying_material(
        profile: ProtectionProfile,
        material: &[u8],
    ) -> Result<Self, KeyError> {
        let expected = profile.keying_material_bytes();
        if material.len() != expected {
            return Err(KeyError::Length { profile, expected, actual: material.len() });
        }
        let (keys, salts) = material.split_at(2 * profile.key_bytes());
        let (client_key, server_key) = keys.split_at(profile.key_bytes());
        let (client_salt, server_salt) = salts.split_at(profile.salt_bytes());
        Ok(Keys {
            client: MasterKey::new(profile, client_key, client_salt)?,
            server: MasterKey::new(profile, server_key, server_salt)?,
        })
    }
}

/// What one of RTP and RTCP is protected with. Wiped when dropped.
pub(super) struct SessionKeys {
    profile: ProtectionProfile,
    key: Zeroizing<[u8; KEY_BYTES_MAX]>,
    authentication: Zeroizing<[u8; hmac::KEY_BYTES]>,
    salt: Zeroizing<[u8; SALT_BYTES_MAX]>,
}

impl SessionKeys {
    pub(super) fn profile(&self) -> ProtectionProfile {
        self.profile
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key[..self.profile.key_bytes()]
    }

    pub(super) fn authentication(&self) -> &[u8; hmac::KEY_BYTES] {
        &self.authentication
    }

    pub(super) fn salt(&self) -> &[u8] {
        &self.salt[..self.profile.salt_bytes()]
    }

    /// Keys as they are, for vectors that tell no master key.
    #[cfg(test)]
    pub(super) fn given(profile: ProtectionProfile, key: &[u8], salt: &[u8]) -> Self {
        let master = MasterKey::new(profile, key, salt).expect("lengths of the profile");
        SessionKeys {
            profile,
            key: master.key.clone(),
            authentication: Zeroizing::new([0; hmac::KEY_BYTES]),
            salt: master.salt.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::support::bytes;
    use super::*;

    fn derived(master: &MasterKey, label: u8, len: usize) -> Vec<u8> {
        let mut key = vec![0xFF; len];
        master.derive(label, &mut key).expect("OpenSSL derives");
        key
    }

    /// RFC 3711 appendix B.3.
    #[test]
    fn rfc_3711_key_derivation() {
        let key = bytes("E1F97A0D3E018BE0D64FA32C06DE4139");
        let salt = bytes("0EC675AD498AFEEBB6960B3AABE6");
        let profile = ProtectionProfile::Aes128CmSha1_80;
        let master = MasterKey::new(profile, &key, &salt).expect("lengths of the profile");
        assert_eq!(derived(&master, 0, 16), bytes("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(derived(&master, 2, 14), bytes("30CBBC08863D8C85D49DB34A9AE1"));
        let authentication = bytes(
            "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCE
             E049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC25
             6D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2",
        );
        assert_eq!(derived(&master, 1, authentication.len()), authentication);

        let session = master.rtp().expect("OpenSSL derives");
        assert_eq!(session.key(), derived(&master, 0, 16));
        assert_eq!(session.authentication()[..], authentication[..20]);
        assert_eq!(session.salt(), derived(&master, 2, 14));
        let session = master.rtcp().expect("OpenSSL derives");
        assert_eq!(session.key(), derived(&master, 3, 16));
        assert_eq!(session.authentication()[..], derived(&master, 4, 20));
        assert_eq!(session.salt(), derived(&master, 5, 14));
    }

    /// RFC 6188 section 7.2: the function that AEAD_AES_256_GCM derives with (RFC 7714 section
    /// 11), with a salt of 14 bytes.
    #[test]
    fn rfc_6188_key_derivation() {
        let mut master =
            MasterKey::new(ProtectionProfile::AeadAes256Gcm, &[0; 32], &[0; 12]).expect("lengths");
        master.key.copy_from_slice(&bytes(
            "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
        ));
        master.salt.copy_from_slice(&bytes("3b04803de51ee7c96423ab5b78d2"));
        let key = "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4";
        assert_eq!(derived(&master, 0, 32), bytes(key));
        assert_eq!(derived(&master, 1, 20), bytes("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"));
        assert_eq!(derived(&master, 2, 14), bytes("fa31791685ca444a9e07c6c64e93"));
    }

    /// RFC 5764 section 4.2: the client's key, the server's, the client's salt, the server's.
    #[test]
    fn keying_material_is_split() {
        for profile in ProtectionProfile::ALL {
            let (key, salt) = (profile.key_bytes(), profile.salt_bytes());
            let parts = [vec![1; key], vec![2; key], vec![3; salt], vec![4; salt]];
            let keys = Keys::from_keying_material(profile, &parts.concat()).expect("its length");
            assert_eq!(keys.client.key[..key], parts[0]);
            assert_eq!(keys.server.key[..key], parts[1]);
            assert_eq!(keys.client.salt[..salt], parts[2]);
            assert_eq!(keys.server.salt[..salt], parts[3]);
            let mut longer = parts.concat();
            longer.push(0);
            let expected = longer.len() - 1;
            assert_eq!(
                Keys::from_keying_material(profile, &longer).err(),
                Some(KeyError::Length { profile, expected, actual: expected + 1 })
            );
            assert!(MasterKey::new(profile, &parts[0], &parts[2][1..]).is_err());
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let profile = ProtectionProfile::AeadAes128Gcm;
        let keys = Keys::from_keying_material(profile, &[0xAB; 56]).expect("its length");
        let name = "MasterKey(SRTP_AEAD_AES_128_GCM)";
        assert_eq!(format!("{keys:?}"), format!("Keys {{ client: {name}, server: {name} }}"));
    }
}
