//! Why a certificate is not taken.

use std::fmt;
use std::time::Duration;

/// Why a certificate cannot be used. What can is an X.509 certificate with an ECDSA key on P-256,
/// and that key as PKCS #8 or SEC1, not encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// There is none, or one that is not X.509.
    NoCertificate,
    /// There is none, or one that cannot be read.
    NoPrivateKey,
    /// The private key is encrypted: there is nobody to ask for its password.
    EncryptedPrivateKey,
    /// The key is of another kind.
    UnsupportedKey {
        /// Of which, in words.
        found: &'static str,
    },
    /// The private key is not that of the certificate.
    KeyMismatch,
    /// It may not be used any more.
    Expired {
        /// Since when, as time since the Unix epoch.
        at: Duration,
    },
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CertificateError::NoCertificate => f.write_str("there is no X.509 certificate"),
            CertificateError::NoPrivateKey => {
                f.write_str("there is no private key in PKCS #8 or SEC1 form")
            }
            CertificateError::EncryptedPrivateKey => f.write_str("the private key is encrypted"),
            CertificateError::UnsupportedKey { found } => {
                write!(f, "the key is {found}; ECDSA on P-256 is supported")
            }
            CertificateError::KeyMismatch => {
                f.write_str("the private key is not that of the certificate")
            }
            CertificateError::Expired { at } => {
                write!(f, "the certificate expired {} s after the Unix epoch", at.as_secs())
            }
        }
    }
}

impl std::error::Error for CertificateError {}
