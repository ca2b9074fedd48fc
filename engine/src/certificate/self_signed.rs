//! A self-signed certificate, made from a seed.

use std::str::FromStr;
use std::time::Duration;

use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::{EncodePrivateKey, EncodePublicKey};
use rand_chacha::rand_core::RngCore;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::asn1::UtcTime;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::Extension;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};
use zeroize::Zeroizing;

use crate::entropy::{Purpose, stream};

/// Browsers use thirty days; a day before covers clocks that run late (RFC 8827 section 6.5 asks
/// for no more than a short life).
const LIFE: Duration = Duration::from_secs(30 * 86_400);
const CLOCK_SLACK: Duration = Duration::from_secs(86_400);

/// The last second that an X.509 `UTCTime` can name: the end of the year 2049.
const UTC_TIME_MAX: Duration = Duration::from_secs(2_524_607_999);

/// Nothing but names and dates: WebRTC trusts the fingerprint, not the issuer.
struct SelfSigned(Name);

impl BuilderProfile for SelfSigned {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.0.clone()
    }

    fn get_subject(&self) -> Name {
        self.0.clone()
    }

    fn build_extensions(
        &self,
        _subject: SubjectPublicKeyInfoRef<'_>,
        _issuer: SubjectPublicKeyInfoRef<'_>,
        _tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        Ok(Vec::new())
    }
}

/// Makes an ECDSA P-256 certificate that is valid around `unix_time`, and its key as PKCS #8. The
/// same seed and time give the same bytes: the signature is deterministic (RFC 6979).
pub(super) fn self_signed(seed: [u8; 32], unix_time: Duration) -> (Vec<u8>, Zeroizing<Vec<u8>>) {
    let mut rng = stream(seed, Purpose::Certificate);
    let secret = draw_p256(|| {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        bytes
    });
    let mut serial = [0; 16];
    rng.fill_bytes(&mut serial);
    // Positive and of constant length.
    serial[0] = (serial[0] & 0x3f) | 0x40;

    let public = secret.public_key().to_public_key_der().expect("a P-256 key has a DER form");
    let public = SubjectPublicKeyInfoOwned::from_der(public.as_bytes())
        .expect("what was encoded can be decoded");
    let name = Name::from_str("CN=WebRTC").expect("a constant name");
    let builder = CertificateBuilder::new(
        SelfSigned(name),
        SerialNumber::new(&serial).expect("16 bytes are a serial number"),
        validity(unix_time),
        public,
    )
    .expect("the profile needs no extensions");
    let signer = SigningKey::from(&secret);
    let signed = builder.build::<_, DerSignature>(&signer).expect("a P-256 key signs");
    let private_key = secret.to_pkcs8_der().expect("a P-256 key has a PKCS #8 form");
    let der = signed.to_der().expect("a certificate has a DER form");
    (der, Zeroizing::new(private_key.as_bytes().to_vec()))
}

/// A scalar drawn at random is out of range with a chance of 2^-32; so many misses in a row mean
/// that the generator is broken.
const SCALAR_DRAWS_MAX: usize = 8;

/// A P-256 secret key from draws of a stream.
pub(crate) fn draw_p256(mut draw: impl FnMut() -> [u8; 32]) -> p256::SecretKey {
    (0..SCALAR_DRAWS_MAX)
        .find_map(|_| p256::SecretKey::from_slice(&draw()).ok())
        .expect("a uniform draw is a valid scalar all but once in 2^32")
}

fn validity(unix_time: Duration) -> Validity {
    let moment = |at: Duration| {
        let whole = Duration::from_secs(at.min(UTC_TIME_MAX).as_secs());
        Time::UtcTime(UtcTime::from_unix_duration(whole).expect("clamped to what UTCTime can say"))
    };
    Validity::new(
        moment(unix_time.saturating_sub(CLOCK_SLACK)),
        moment(unix_time.saturating_add(LIFE)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_certificate() {
        let at = Duration::from_secs(1_800_000_000);
        let one = self_signed([1; 32], at);
        assert_eq!(one, self_signed([1; 32], at));
        assert_ne!(one.0, self_signed([2; 32], at).0);
    }

    #[test]
    fn openssl_reads_it_and_its_signature_holds() {
        for unix_secs in [0, 1_800_000_000, u64::MAX / 2] {
            let (certificate, key) = self_signed([3; 32], Duration::from_secs(unix_secs));
            let read = openssl::x509::X509::from_der(&certificate).expect("it is X.509");
            let public = read.public_key().expect("it has a key");
            assert!(read.verify(&public).expect("it can be checked"));
            assert!(openssl::pkey::PKey::private_key_from_der(&key).is_ok());
        }
    }
}
