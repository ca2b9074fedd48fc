//! Which SRTP profile is in use. str0m does not tell it; it asks its cryptography for the ciphers of the profile, and that is noticed here.

use std::sync::atomic::{AtomicUsize, Ordering};

use str0m::crypto::{
    CryptoProvider, SrtpProvider, SupportedAeadAes128Gcm, SupportedAeadAes256Gcm,
    SupportedAes128CmSha1_80, from_feature_flags,
};

/// The profiles that str0m offers.
pub(crate) const NAMES: [&str; 3] =
    ["SRTP_AES128_CM_HMAC_SHA1_80", "SRTP_AEAD_AES_128_GCM", "SRTP_AEAD_AES_256_GCM"];

/// No profile was asked for.
const NONE: usize = usize::MAX;

/// A program has one peer connection at a time.
static LAST: AtomicUsize = AtomicUsize::new(NONE);

#[derive(Debug)]
struct Noticing(&'static dyn SrtpProvider);

impl SrtpProvider for Noticing {
    fn aes_128_cm_sha1_80(&self) -> &'static dyn SupportedAes128CmSha1_80 {
        LAST.store(0, Ordering::Relaxed);
        self.0.aes_128_cm_sha1_80()
    }

    fn aead_aes_128_gcm(&self) -> &'static dyn SupportedAeadAes128Gcm {
        LAST.store(1, Ordering::Relaxed);
        self.0.aead_aes_128_gcm()
    }

    fn aead_aes_256_gcm(&self) -> &'static dyn SupportedAeadAes256Gcm {
        LAST.store(2, Ordering::Relaxed);
        self.0.aead_aes_256_gcm()
    }

    fn srtp_aes_128_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        self.0.srtp_aes_128_ecb_round(key, input, output);
    }

    fn srtp_aes_256_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        self.0.srtp_aes_256_ecb_round(key, input, output);
    }
}

/// Makes str0m's own cryptography, and this in front of it, that of the program.
pub(crate) fn install() {
    let own = from_feature_flags();
    let srtp_provider = Box::leak(Box::new(Noticing(own.srtp_provider)));
    CryptoProvider { srtp_provider, ..own }.install_process_default();
}

/// Before a new peer connection.
pub(crate) fn forget() {
    LAST.store(NONE, Ordering::Relaxed);
}

/// The profile in use.
pub(crate) fn name() -> Option<&'static str> {
    NAMES.get(LAST.load(Ordering::Relaxed)).copied()
}
