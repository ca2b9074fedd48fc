//! Certificates: given or made at start.

use std::net::IpAddr;
use std::path::Path;

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{Ssl, SslAcceptor, SslAcceptorBuilder, SslFiletype, SslMethod};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};

use super::error::ServeError;

/// How long a certificate made at start is good for: as long as browsers accept from a server.
const SELF_SIGNED_DAYS: u32 = 90;

/// Bits of a serial number: RFC 5280 allows 20 bytes, and they shall not be guessable.
const SERIAL_BITS: i32 = 127;

/// How to speak TLS as a server.
#[derive(Clone)]
pub struct Tls(SslAcceptor);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// The state of one connection.
    pub(super) fn connection(&self) -> Result<Ssl, ErrorStack> {
        Ssl::new(self.0.context())
    }
}

fn builder() -> Result<SslAcceptorBuilder, ErrorStack> {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    // WebSockets need HTTP/1.1, so nothing else is agreed to.
    builder.set_alpn_protos(b"\x08http/1.1")?;
    builder.set_alpn_select_callback(|_, offered| {
        openssl::ssl::select_next_proto(b"\x08http/1.1", offered)
            .ok_or(openssl::ssl::AlpnError::NOACK)
    });
    Ok(builder)
}

/// TLS by a certificate chain and a key, both in PEM.
///
/// # Errors
/// Files that cannot be read or do not belong together.
pub fn from_files(cert: &Path, key: &Path) -> Result<Tls, ServeError> {
    let mut builder = builder().map_err(ServeError::Tls)?;
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |error| ServeError::Certificate(path, error)
    };
    builder.set_certificate_chain_file(cert).map_err(fault(cert))?;
    builder.set_private_key_file(key, SslFiletype::PEM).map_err(fault(key))?;
    builder.check_private_key().map_err(fault(key))?;
    Ok(Tls(builder.build()))
}

/// TLS by a certificate made now for `localhost` and the given addresses.
///
/// # Errors
/// OpenSSL's own.
pub fn self_signed(addresses: &[IpAddr]) -> Result<Tls, ServeError> {
    let make = || {
        let (certificate, key) = make_certificate(addresses)?;
        let mut builder = builder()?;
        builder.set_certificate(&certificate)?;
        builder.set_private_key(&key)?;
        Ok(Tls(builder.build()))
    };
    make().map_err(ServeError::Tls)
}

fn make_certificate(addresses: &[IpAddr]) -> Result<(X509, PKey<Private>), ErrorStack> {
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
