//! A certificate with its private key.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::nid::Nid;
use openssl::pkey::{HasPublic, Id, PKey, PKeyRef, Private};
use openssl::x509::X509;
use zeroize::Zeroizing;

use super::error::CertificateError;
use super::self_signed::self_signed;
use crate::sdp::{Fingerprint, HashFunction};

/// A certificate with its private key (W3C `RTCCertificate`). A clone is the same one: any number
/// of connections can share it.
///
/// ```
/// use std::time::Duration;
/// use lapwing_engine::{Certificate, Config};
///
/// let config = Config::seeded(7);
/// let shared = Certificate::generate([9; 32], config.unix_time);
/// let config = config.with_certificate(shared.clone()).unwrap();
/// let thirty_days = Duration::from_secs(30 * 86_400);
/// assert_eq!(shared.expires(), config.unix_time + thirty_days);
/// ```
#[derive(Clone)]
pub struct Certificate(Arc<Parts>);

struct Parts {
    certificate: Vec<u8>,
    /// As PKCS #8. Empty in a replay, which has what was signed.
    private_key: Zeroizing<Vec<u8>>,
    expires: Duration,
}

impl Certificate {
    /// Makes one that is good for thirty days, and for a day before. The same seed and time, since
    /// the Unix epoch, give the same.
    pub fn generate(seed: [u8; 32], unix_time: Duration) -> Self {
        let (certificate, key) = self_signed(seed, unix_time);
        Certificate::assemble(certificate, key).expect("what was made is X.509")
    }

    /// Reads PEM (RFC 7468): the first certificate and the first private key in it, in either
    /// order. The key is PKCS #8 or SEC1. Of two files, hand in one after the other.
    ///
    /// # Errors
    /// [`CertificateError`] says what is missing, or what is supported. When it expires is judged
    /// by [`Config::with_certificate`](crate::Config::with_certificate).
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let certificate =
            X509::from_pem(pem.as_bytes()).map_err(|_| CertificateError::NoCertificate)?;
        // Without a callback, the library would ask at the terminal.
        let mut is_encrypted = false;
        let key = PKey::private_key_from_pem_callback(pem.as_bytes(), |_| {
            is_encrypted = true;
            Ok(0)
        });
        match key {
            Ok(key) => Certificate::checked(&certificate, &key),
            Err(_) if is_encrypted => Err(CertificateError::EncryptedPrivateKey),
            Err(_) => Err(CertificateError::NoPrivateKey),
        }
    }

    /// Reads DER: the certificate, and the key as PKCS #8 or SEC1.
    ///
    /// # Errors
    /// As [`Self::from_pem`].
    pub fn from_der(certificate: &[u8], private_key: &[u8]) -> Result<Self, CertificateError> {
        let certificate =
            X509::from_der(certificate).map_err(|_| CertificateError::NoCertificate)?;
        let key =
            PKey::private_key_from_der(private_key).map_err(|_| CertificateError::NoPrivateKey)?;
        Certificate::checked(&certificate, &key)
    }

    /// One whose key is not known: for the replay of what it signed.
    pub(crate) fn without_key(certificate: &[u8]) -> Option<Self> {
        let read = X509::from_der(certificate).ok()?;
        require_p256(&*read.public_key().ok()?).ok()?;
        Certificate::assemble(read.to_der().ok()?, Zeroizing::default())
    }

    fn checked(certificate: &X509, key: &PKey<Private>) -> Result<Self, CertificateError> {
        let public = certificate.public_key().map_err(|_| CertificateError::NoCertificate)?;
        require_p256(&public)?;
        require_p256(key)?;
        if !public.public_eq(key) {
            return Err(CertificateError::KeyMismatch);
        }
        let der = certificate.to_der().map_err(|_| CertificateError::NoCertificate)?;
        let key = key.private_key_to_pkcs8().map_err(|_| CertificateError::NoPrivateKey)?;
        Certificate::assemble(der, Zeroizing::new(key)).ok_or(CertificateError::NoCertificate)
    }

    fn assemble(certificate: Vec<u8>, private_key: Zeroizing<Vec<u8>>) -> Option<Self> {
        let expires = since_epoch(X509::from_der(&certificate).ok()?.not_after())?;
        Some(Certificate(Arc::new(Parts { certificate, private_key, expires })))
    }

    /// The certificate as DER.
    pub fn as_der(&self) -> &[u8] {
        &self.0.certificate
    }

    /// The key as PKCS #8; empty where it is not known.
    pub(crate) fn private_key(&self) -> &[u8] {
        &self.0.private_key
    }

    /// Until when it may be used, as time since the Unix epoch.
    pub fn expires(&self) -> Duration {
        self.0.expires
    }

    /// Its hash, as descriptions have it: by SHA-256, as of all browsers.
    pub fn fingerprint(&self) -> Fingerprint {
        let value = openssl::sha::sha256(&self.0.certificate).to_vec();
        Fingerprint { function: HashFunction::Sha256, value }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("expires", &self.0.expires)
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.certificate == other.0.certificate
    }
}

impl Eq for Certificate {}

fn require_p256<T: HasPublic>(key: &PKeyRef<T>) -> Result<(), CertificateError> {
    let found = match key.id() {
        Id::EC => {
            let curve = key.ec_key().ok().and_then(|key| key.group().curve_name());
            match curve {
                Some(Nid::X9_62_PRIME256V1) => return Ok(()),
                Some(Nid::SECP384R1) => "ECDSA on P-384",
                Some(Nid::SECP521R1) => "ECDSA on P-521",
                _ => "ECDSA on another curve",
            }
        }
        Id::RSA => "RSA",
        Id::ED25519 => "Ed25519",
        _ => "of another kind",
    };
    Err(CertificateError::UnsupportedKey { found })
}

/// A moment before the epoch is the epoch.
fn since_epoch(time: &Asn1TimeRef) -> Option<Duration> {
    let difference = Asn1Time::from_unix(0).ok()?.diff(time).ok()?;
    let seconds = i64::from(difference.days) * 86_400 + i64::from(difference.secs);
    Some(Duration::from_secs(seconds.try_into().unwrap_or(0)))
}

#[cfg(test)]
mod tests;
