//! A certificate made here.

use std::net::IpAddr;

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};

use super::acceptor::Tls;
use crate::server::error::ServeError;

/// How long a certificate made here is good for: as long as browsers accept from a server.
const SELF_SIGNED_DAYS: u32 = 90;

/// Bits of a serial number: RFC 5280 allows 20 bytes, and they shall not be guessable.
const SERIAL_BITS: i32 = 127;

/// TLS by a certificate made now for `localhost` and the given addresses, and kept nowhere.
///
/// # Errors
/// OpenSSL's own.
pub fn self_signed(addresses: &[IpAddr]) -> Result<Tls, ServeError> {
    let made = make(addresses).and_then(|(certificate, key)| Tls::new(&certificate, &[], &key));
    made.map_err(ServeError::Tls)
}

pub(super) fn make(addresses: &[IpAddr]) -> Result<(X509, PKey<Private>), ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let key = PKey::from_ec_key(EcKey::generate(&group)?)?;
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_nid(Nid::COMMONNAME, "lapwing")?;
    let name = name.build();
    let mut serial = BigNum::new()?;
    serial.rand(SERIAL_BITS, MsbOption::MAYBE_ZERO, false)?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(&*serial.to_asn1_integer()?)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_not_before(&*Asn1Time::days_from_now(0)?)?;
    builder.set_not_after(&*Asn1Time::days_from_now(SELF_SIGNED_DAYS)?)?;
    builder.set_pubkey(&key)?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    builder.append_extension(ExtendedKeyUsage::new().server_auth().build()?)?;
    let mut names = SubjectAlternativeName::new();
    names.dns("localhost");
    for address in addresses {
        names.ip(&address.to_string());
    }
    let names = names.build(&builder.x509v3_context(None, None))?;
    builder.append_extension(names)?;
    builder.sign(&key, MessageDigest::sha256())?;
    Ok((builder.build(), key))
}
