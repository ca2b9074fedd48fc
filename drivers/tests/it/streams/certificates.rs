//! Authorities made for a test, and certificates by them.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name};

/// Now, and what was long over.
const VALID: (i64, i64) = (-3_600, 3_600);
pub(super) const EXPIRED: (i64, i64) = (-7_200, -3_600);
pub(super) const NOT_YET: (i64, i64) = (3_600, 7_200);

pub(super) struct Authority {
    certificate: X509,
    key: PKey<Private>,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let key = key();
        let mut builder = builder(name, &key, VALID);
        let issuer = subject(name);
        builder.set_issuer_name(&issuer).expect("a name");
        let extension = BasicConstraints::new().critical().ca().build().expect("an extension");
        builder.append_extension(extension).expect("the first");
        builder.sign(&key, MessageDigest::sha256()).expect("a key");
        Authority { certificate: builder.build(), key }
    }

    /// What is to be trusted.
    pub(super) fn pem(&self) -> Arc<[u8]> {
        Arc::from(self.certificate.to_pem().expect("a certificate"))
    }

    /// A server of this name, and of the loopback address, whose certificate is valid now.
    pub(super) fn server(&self, name: &str) -> SslAcceptor {
        self.server_at(name, VALID)
    }

    /// The same, whose certificate is valid between these seconds from now.
    pub(super) fn server_at(&self, name: &str, valid: (i64, i64)) -> SslAcceptor {
        let key = key();
        let mut builder = builder(name, &key, valid);
        builder.set_issuer_name(self.certificate.subject_name()).expect("a name");
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST).to_string();
        let context = builder.x509v3_context(Some(&self.certificate), None);
        let names = SubjectAlternativeName::new().dns(name).ip(&loopback).build(&context);
        builder.append_extension(names.expect("names")).expect("the first");
        builder.sign(&self.key, MessageDigest::sha256()).expect("a key");
        let mut acceptor =
            SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).expect("settings");
        acceptor.set_private_key(&key).expect("a key");
        acceptor.set_certificate(&builder.build()).expect("a certificate");
        acceptor.build()
    }
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
    PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key")
}

fn subject(name: &str) -> X509Name {
    let mut builder = X509Name::builder().expect("a name");
    builder.append_entry_by_text("CN", name).expect("text");
    builder.build()
}

fn builder(name: &str, key: &PKey<Private>, (from, until): (i64, i64)) -> X509Builder {
    let now = lapwing_drivers::unix_time().as_secs() as i64;
    let at = |second| Asn1Time::from_unix(now + second).expect("a time");
    let mut builder = X509::builder().expect("a builder");
    builder.set_version(2).expect("version 3");
    let number = BigNum::from_u32(1).expect("a number").to_asn1_integer().expect("a number");
    builder.set_serial_number(&number).expect("a number");
    builder.set_subject_name(&subject(name)).expect("a name");
    builder.set_pubkey(key).expect("a key");
    builder.set_not_before(&at(from)).expect("a time");
    builder.set_not_after(&at(until)).expect("a time");
    builder
}
