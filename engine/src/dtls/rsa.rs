//! Peers whose certificate has an RSA key.
//!
//! The DTLS library knows ECDSA only, and takes no other kind by its provider: lists of suites and
//! signatures are built in. But all that it hashes, signs, checks and encrypts goes through the
//! provider. So an RSA handshake is translated at the library's edges, and the provider's side
//! speaks of what was on the wire:
//!
//! 1. Out: our ClientHello also offers the ECDHE_RSA suites (RFC 5289, RFC 7905) and RSA signatures
//!    (RFC 8017 section 8); our CertificateRequest asks for them too.
//! 2. In: a ServerHello with an ECDHE_RSA suite reads as the ECDHE_ECDSA suite of the same cipher
//!    and hash, from which the same keys follow; the signatures of ServerKeyExchange and
//!    CertificateVerify read as ECDSA with the same hash. Two bytes each at most.
//! 3. In DTLS 1.3, where the kind of signature names a curve, the certificate reads as one with a
//!    key on that curve ([`StandIn`](super::standin::StandIn)). The messages are encrypted, so they
//!    are translated in the cipher ([`sealed`]).
//! 4. Hashes of the transcript, and signatures over it, are made of the messages as they were on
//!    the wire. An error here breaks the handshake's checksums, on both sides.
//! 5. A signature that came as RSA is checked by OpenSSL with the RSA key of the true certificate,
//!    and nothing else counts as one. The session hears of the true certificate only.
//!
//! Nothing of it is random, so the same seed gives the same bytes.

use std::borrow::Cow;

use dimpl::CryptoError;
use dimpl::crypto::{
    Buf, CryptoProvider, HashAlgorithm, HashContext, HashProvider, KeyProvider, SignatureAlgorithm,
    SignatureVerifier, SigningKey,
};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Verifier};
use openssl::x509::X509;

use super::absent::{self, Absent};
use super::at_work::{own, translate};
use super::sealed;
use super::signature::{RSA_BITS_MIN, Signature};

/// Bits of a key: more would cost too much time for a stranger to ask for.
const KEY_BITS: std::ops::RangeInclusive<u32> = RSA_BITS_MIN..=8192;

/// A provider's parts that see the transcript, with the translation in front.
pub(super) fn translated(provider: CryptoProvider) -> CryptoProvider {
    CryptoProvider {
        hash_provider: &Translated,
        key_provider: &Translated,
        signature_verification: &Translated,
        dtls13_cipher_suites: sealed::SUITES,
        ..provider
    }
}

fn on_the_wire(transcript: &[u8]) -> Cow<'_, [u8]> {
    translate(|translation| translation.on_the_wire(transcript))
}

#[derive(Debug)]
struct Translated;

impl HashProvider for Translated {
    fn create_hash(&self, algorithm: HashAlgorithm) -> Box<dyn HashContext> {
        Box::new(Hash(own().hash_provider.create_hash(algorithm)))
    }
}

/// The library hashes a transcript as a whole.
#[derive(Debug)]
struct Hash(Box<dyn HashContext>);

impl HashContext for Hash {
    fn update(&mut self, data: &[u8]) {
        self.0.update(&on_the_wire(data));
    }

    fn clone_and_finalize(&self, out: &mut Buf) {
        self.0.clone_and_finalize(out);
    }
}

impl KeyProvider for Translated {
    fn load_private_key(&self, key_der: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError> {
        if key_der.is_empty() {
            return Ok(Box::new(Key(Box::new(Absent))));
        }
        Ok(Box::new(Key(own().key_provider.load_private_key(key_der)?)))
    }
}

/// Our key, which as a client signs the transcript.
#[derive(Debug)]
struct Key(Box<dyn SigningKey>);

impl SigningKey for Key {
    fn sign(
        &mut self,
        data: &[u8],
        hash_alg: HashAlgorithm,
        out: &mut Buf,
    ) -> Result<(), CryptoError> {
        self.0.sign(&on_the_wire(data), hash_alg, out)?;
        absent::note(out);
        Ok(())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        self.0.hash_algorithm()
    }

    fn supported_hash_algorithms(&self) -> &[HashAlgorithm] {
        self.0.supported_hash_algorithms()
    }
}

impl SignatureVerifier for Translated {
    fn verify_signature(
        &self,
        cert_der: &[u8],
        data: &[u8],
        signature: &[u8],
        hash_alg: HashAlgorithm,
        sig_alg: SignatureAlgorithm,
    ) -> Result<(), CryptoError> {
        let data = on_the_wire(data);
        let (certificate, signed) =
            translate(|translation| (translation.certificate(cert_der), translation.signature()));
        let padding = match signed {
            Signature::Pkcs1 => Padding::PKCS1,
            Signature::Pss => Padding::PKCS1_PSS,
            Signature::Other => {
                let verifier = own().signature_verification;
                return verifier.verify_signature(
                    &certificate,
                    &data,
                    signature,
                    hash_alg,
                    sig_alg,
                );
            }
        };
        let key = rsa_key(&certificate).ok_or(CryptoError::UnsupportedPublicKeyAlgorithm)?;
        let digest = match hash_alg {
            HashAlgorithm::SHA256 => MessageDigest::sha256(),
            HashAlgorithm::SHA384 => MessageDigest::sha384(),
            _ => return Err(CryptoError::UnsupportedPublicKeyAlgorithm),
        };
        let holds = Verifier::new(digest, &key).and_then(|mut verifier| {
            verifier.set_rsa_padding(padding)?;
            if padding == Padding::PKCS1_PSS {
                verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
            }
            verifier.verify_oneshot(signature, &data)
        });
        match holds {
            Ok(true) => Ok(()),
            _ => Err(CryptoError::OperationFailed(dimpl::CryptoOperation::VerifySignature)),
        }
    }
}

/// The RSA key of a certificate, if it has one of a fitting size.
fn rsa_key(certificate: &[u8]) -> Option<PKey<Public>> {
    let key = X509::from_der(certificate).ok()?.public_key().ok()?;
    let fits = key.rsa().is_ok() && KEY_BITS.contains(&key.bits());
    fits.then_some(key)
}

#[cfg(test)]
mod tests;
