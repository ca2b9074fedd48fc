use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use openssl::x509::X509Builder;

use super::*;
use crate::config::Config;

/// So long after the epoch it expires.
const EXPIRES: i64 = 1_900_000_000;

fn certificate(key: &PKey<Private>) -> X509 {
    let mut builder = X509Builder::new().unwrap();
    let serial = BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(1_700_000_000).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(EXPIRES).unwrap()).unwrap();
    builder.sign(key, MessageDigest::sha256()).unwrap();
    builder.build()
}

fn on_curve(curve: Nid) -> PKey<Private> {
    let group = EcGroup::from_curve_name(curve).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn p256() -> PKey<Private> {
    on_curve(Nid::X9_62_PRIME256V1)
}

fn text(parts: &[Vec<u8>]) -> String {
    String::from_utf8(parts.concat()).unwrap()
}

#[test]
fn pem_and_der_in_every_form_are_the_same() {
    let key = p256();
    let (pem, der) = (certificate(&key).to_pem().unwrap(), certificate(&key).to_der().unwrap());
    let pkcs8 = key.private_key_to_pem_pkcs8().unwrap();
    let sec1 = key.ec_key().unwrap().private_key_to_pem().unwrap();
    let read = Certificate::from_pem(&text(&[pem.clone(), pkcs8.clone()])).unwrap();
    assert_eq!(read.expires(), Duration::from_secs(EXPIRES as u64));
    assert_eq!(read.fingerprint().value, openssl::sha::sha256(read.as_der()));
    let stored = Certificate::from_pem(&text(&[pem, pkcs8])).unwrap();
    assert_eq!(stored.as_der(), read.as_der());
    // Signing is not deterministic here, so each is a certificate of its own.
    let pem = X509::from_der(&der).unwrap().to_pem().unwrap();
    let sec1_key = key.ec_key().unwrap().private_key_to_der().unwrap();
    let reversed = Certificate::from_pem(&text(&[sec1, pem])).unwrap();
    let of_der = Certificate::from_der(&der, &sec1_key).unwrap();
    let of_pkcs8 = Certificate::from_der(&der, &key.private_key_to_pkcs8().unwrap()).unwrap();
    assert_eq!(reversed, of_der);
    assert_eq!(reversed, of_pkcs8);
    assert_eq!(reversed.private_key(), of_pkcs8.private_key());
    assert_eq!(reversed.as_der(), der);
}

#[test]
fn what_cannot_be_used_is_named() {
    let unsupported = |found| Err(CertificateError::UnsupportedKey { found });
    let pair = |key: &PKey<Private>| {
        let key_pem = key.private_key_to_pem_pkcs8().unwrap();
        Certificate::from_pem(&text(&[certificate(key).to_pem().unwrap(), key_pem]))
    };
    let rsa = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    assert_eq!(pair(&rsa), unsupported("RSA"));
    assert_eq!(pair(&on_curve(Nid::SECP384R1)), unsupported("ECDSA on P-384"));
    let said = pair(&rsa).unwrap_err().to_string();
    assert_eq!(said, "the key is RSA; ECDSA on P-256 is supported");

    let (one, other) = (p256(), p256());
    let pem = certificate(&one).to_pem().unwrap();
    let of_other = other.private_key_to_pem_pkcs8().unwrap();
    let mismatch = Certificate::from_pem(&text(&[pem.clone(), of_other.clone()]));
    assert_eq!(mismatch, Err(CertificateError::KeyMismatch));
    assert_eq!(Certificate::from_pem(&text(&[of_other])), Err(CertificateError::NoCertificate));
    assert_eq!(
        Certificate::from_pem(&text(std::slice::from_ref(&pem))),
        Err(CertificateError::NoPrivateKey)
    );
    assert_eq!(Certificate::from_pem(""), Err(CertificateError::NoCertificate));
    let sealed = one.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"tea").unwrap();
    assert_eq!(
        Certificate::from_pem(&text(&[pem, sealed])),
        Err(CertificateError::EncryptedPrivateKey)
    );
    let der = certificate(&one).to_der().unwrap();
    assert_eq!(Certificate::from_der(&der[1..], b""), Err(CertificateError::NoCertificate));
    assert_eq!(Certificate::from_der(&der, b"junk"), Err(CertificateError::NoPrivateKey));
}

#[test]
fn one_that_expired_is_not_taken() {
    let at = Duration::from_secs(1_780_000_000);
    let made = Certificate::generate([7; 32], at);
    let on = |unix_time| Config { unix_time, ..Config::seeded(1) }.with_certificate(made.clone());
    let end = made.expires();
    assert_eq!(on(at).unwrap().certificate.as_ref(), Some(&made));
    assert!(on(end - Duration::from_secs(1)).is_ok());
    let refused = on(end).map(|config| config.seed);
    assert_eq!(refused, Err(CertificateError::Expired { at: end }));
}

#[test]
fn its_key_is_not_shown() {
    let made = Certificate::generate([7; 32], Duration::from_secs(1_780_000_000));
    let config = Config::seeded(1).with_certificate(made.clone()).unwrap();
    let shown = format!("{made:?} {config:?}");
    let key = format!("{:?}", made.private_key());
    assert!(!shown.contains(key.trim_matches(['[', ']'])), "{shown}");
    assert!(!shown.contains("private"), "{shown}");
    let kept = Certificate::without_key(made.as_der()).expect("it is a certificate");
    assert_eq!(kept, made);
    assert!(kept.private_key().is_empty());
    assert!(Certificate::without_key(b"junk").is_none());
}
