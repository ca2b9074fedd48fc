//! The server's certificate: which ones are taken, and why one is not.

use std::fmt;
use std::str::FromStr;

use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::x509::X509;

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
/// use lapwing_rooms::client::Fingerprint;
/// let text = vec!["AB"; 32].join(":");
/// let fingerprint: Fingerprint = text.parse().unwrap();
/// assert_eq!(fingerprint.to_string(), text);
/// assert_eq!("ab".repeat(32).parse(), Ok(fingerprint));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(certificate: &X509) -> Option<Self> {
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
    pub(super) fn new(why: &str, certificate: Option<&X509>) -> Self {
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
