//! TLS to the server: which certificate it shows, whether it is trusted, and why not.

use std::fmt;
use std::io::{Read, Write};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::ssl::{HandshakeError, SslConnector, SslMethod, SslStream, SslVerifyMode};
use openssl::x509::{X509, X509VerifyResult};

use super::error::ClientError;
use super::url::RoomUrl;

/// Verdicts of OpenSSL's `X509_V_ERR_*` that have words of their own.
const EXPIRED: i32 = 10;
/// See [`EXPIRED`].
const NOT_YET_VALID: i32 = 9;
/// See [`EXPIRED`].
const SELF_SIGNED: [i32; 2] = [18, 19];
/// See [`EXPIRED`].
const OTHER_NAME: [i32; 2] = [62, 64];

/// Names of a certificate that are told.
const NAMES_MAX: usize = 8;

/// Which certificates are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those that the system trusts, for the server's name.
    #[default]
    System,
    /// The one with this fingerprint.
    Pinned(Fingerprint),
    /// Any.
    Any,
}

/// The SHA-256 digest of a certificate, written as 32 pairs of hexadecimal digits.
///
/// ```
/// use lapwing::client::Fingerprint;
/// let text = vec!["AB"; 32].join(":");
/// let fingerprint: Fingerprint = text.parse().unwrap();
/// assert_eq!(fingerprint.to_string(), text);
/// assert_eq!("ab".repeat(32).parse(), Ok(fingerprint));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    fn of(certificate: &X509) -> Option<Self> {
        let digest = certificate.digest(MessageDigest::sha256()).ok()?;
        digest.as_ref().try_into().ok().map(Fingerprint)
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let digits = lower.trim_start_matches("sha-256").trim_start_matches("sha256");
        let digits: String = digits.chars().filter(|c| !matches!(c, ':' | ' ' | '=')).collect();
        let fault = || format!("{text:?} is no SHA-256 fingerprint: 64 hexadecimal digits");
        if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(fault());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| fault())?;
        }
        Ok(Fingerprint(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if index == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

/// Why a certificate is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCertificate {
    why: String,
    /// Names and addresses it is for.
    names: Vec<String>,
    fingerprint: Option<Fingerprint>,
}

impl BadCertificate {
    fn new(why: &str, certificate: Option<&X509>) -> Self {
        BadCertificate {
            why: why.to_owned(),
            names: certificate.map(names).unwrap_or_default(),
            fingerprint: certificate.and_then(Fingerprint::of),
        }
    }
}

impl fmt::Display for BadCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server's certificate is not trusted: {}", self.why)?;
        if !self.names.is_empty() {
            write!(f, "; it is for {}", self.names.join(", "))?;
        }
        match self.fingerprint {
            Some(fingerprint) => write!(
                f,
                "; its SHA-256 fingerprint is {fingerprint}. When whoever runs the server says the same, \
                 take it with --fingerprint {fingerprint}"
            ),
            None => f.write_str("; --insecure takes any certificate"),
        }
    }
}

/// Names and addresses that a certificate is for.
fn names(certificate: &X509) -> Vec<String> {
    let mut names = Vec::new();
    for name in certificate.subject_alt_names().iter().flatten() {
        let address = name.ipaddress().and_then(|bytes| match bytes.len() {
            4 => {
                <[u8; 4]>::try_from(bytes).ok().map(|four| std::net::IpAddr::from(four).to_string())
            }
            _ => {
                <[u8; 16]>::try_from(bytes).ok().map(|all| std::net::IpAddr::from(all).to_string())
            }
        });
        names.extend(name.dnsname().map(str::to_owned).or(address));
    }
    if names.is_empty() {
        let common = certificate.subject_name().entries_by_nid(Nid::COMMONNAME);
        names.extend(common.filter_map(|entry| entry.data().to_string().ok()));
    }
    names.truncate(NAMES_MAX);
    names
}

/// Speaks TLS over `stream`.
pub(super) fn connect<S: Read + Write>(
    url: &RoomUrl,
    stream: S,
    trust: Trust,
) -> Result<SslStream<S>, ClientError> {
    let fault = |error: ErrorStack| ClientError::Tls(error.to_string());
    let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(fault)?;
    // WebSockets need HTTP/1.1.
    builder.set_alpn_protos(b"\x08http/1.1").map_err(fault)?;
    // OpenSSL forgets a certificate that it does not take.
    let shown: Arc<Mutex<Option<X509>>> = Arc::default();
    let keep = Arc::clone(&shown);
    match trust {
        Trust::System => builder.set_verify_callback(SslVerifyMode::PEER, move |good, context| {
            let leaf = context.chain().and_then(|chain| chain.get(0)).map(ToOwned::to_owned);
            *keep.lock().unwrap_or_else(PoisonError::into_inner) = leaf;
            good
        }),
        Trust::Pinned(_) | Trust::Any => builder.set_verify(SslVerifyMode::NONE),
    }
    let mut config = builder.build().configure().map_err(fault)?;
    config.set_verify_hostname(trust == Trust::System);
    let stream = config.connect(&url.host, stream).map_err(|error| match error {
        HandshakeError::SetupFailure(stack) => fault(stack),
        HandshakeError::Failure(handshake) => {
            let verdict = handshake.ssl().verify_result();
            if verdict == X509VerifyResult::OK {
                return ClientError::Tls(handshake.error().to_string());
            }
            let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            let why = words(verdict, url);
            ClientError::Certificate(Box::new(BadCertificate::new(&why, shown.as_ref())))
        }
        HandshakeError::WouldBlock(_) => ClientError::Tls("the server does not answer".to_owned()),
    })?;
    if let Trust::Pinned(pin) = trust {
        let certificate = stream.ssl().peer_certificate();
        if certificate.as_ref().and_then(Fingerprint::of) != Some(pin) {
            let why = "it is another one than --fingerprint names; somebody may be in between";
            let bad = BadCertificate::new(why, certificate.as_ref());
            return Err(ClientError::Certificate(Box::new(bad)));
        }
    }
    Ok(stream)
}

fn words(verdict: X509VerifyResult, url: &RoomUrl) -> String {
    match verdict.as_raw() {
        code if SELF_SIGNED.contains(&code) => {
            "it is self-signed: nobody but the server vouches for it".to_owned()
        }
        EXPIRED => "it has expired".to_owned(),
        NOT_YET_VALID => "it is not valid yet; is the clock here right?".to_owned(),
        code if OTHER_NAME.contains(&code) => {
            format!("it is for another name than {}", url.host)
        }
        _ => format!("{verdict}"),
    }
}

/// Whether what answers at the other end of `stream` speaks TLS.
pub(super) fn is_spoken(url: &RoomUrl, stream: impl Read + Write) -> bool {
    connect(url, stream, Trust::Any).is_ok()
}

/// Whether what answers at the other end of `stream` speaks HTTP without TLS.
pub(super) fn is_plain_http(mut stream: impl Read + Write) -> bool {
    let mut start = [0; 5];
    let asked =
        stream.write_all(b"HEAD / HTTP/1.0\r\n\r\n").and_then(|()| stream.read_exact(&mut start));
    asked.is_ok() && &start == b"HTTP/"
}
