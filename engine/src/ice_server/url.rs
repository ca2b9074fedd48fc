//! URLs of STUN and TURN servers (RFC 7064, RFC 7065).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use crate::datagram::Protocol;

/// Longest URL taken, in bytes: a name of 253 and what stands around it.
const URL_BYTES_MAX: usize = 300;

/// Longest name of a host (RFC 1035 section 2.3.4, written with dots).
const HOST_BYTES_MAX: usize = 253;

/// Port without encryption (RFC 8489 section 18.6), and with (RFC 8656 section 18).
const PORT: u16 = 3478;
const TLS_PORT: u16 = 5349;

/// What a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IceScheme {
    /// `stun:`, a server that tells addresses.
    Stun,
    /// `stuns:`, the same over TLS.
    Stuns,
    /// `turn:`, a relay.
    Turn,
    /// `turns:`, a relay over TLS.
    Turns,
}

impl IceScheme {
    const ALL: [IceScheme; 4] =
        [IceScheme::Stun, IceScheme::Stuns, IceScheme::Turn, IceScheme::Turns];

    /// As it stands in a URL.
    pub const fn name(self) -> &'static str {
        match self {
            IceScheme::Stun => "stun",
            IceScheme::Stuns => "stuns",
            IceScheme::Turn => "turn",
            IceScheme::Turns => "turns",
        }
    }

    /// Whether it names a relay, which asks for a name and a password.
    pub const fn is_relay(self) -> bool {
        matches!(self, IceScheme::Turn | IceScheme::Turns)
    }

    const fn is_secure(self) -> bool {
        matches!(self, IceScheme::Stuns | IceScheme::Turns)
    }
}

/// The URL of a STUN or TURN server.
///
/// ```
/// use lapwing_engine::{IceUrl, Protocol};
/// let url: IceUrl = "turn:relay.example.org?transport=tcp".parse().unwrap();
/// assert_eq!((url.host(), url.port()), ("relay.example.org", 3478));
/// assert_eq!(url.protocol(), Protocol::Tcp);
/// assert_eq!(url.to_string(), "turn:relay.example.org?transport=tcp");
/// let url: IceUrl = "turns:[2001:db8::7]:443".parse().unwrap();
/// assert_eq!((url.host(), url.port(), url.protocol()), ("2001:db8::7", 443, Protocol::Tls));
/// assert_eq!(url.authority(), "[2001:db8::7]:443");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IceUrl {
    text: String,
    scheme: IceScheme,
    host: String,
    port: u16,
    protocol: Protocol,
}

/// Why a text names no server (W3C `SyntaxError`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IceUrlError {
    /// Longer than 300 bytes.
    TooLong(usize),
    /// It begins with none of `stun:`, `stuns:`, `turn:` and `turns:`.
    Scheme(String),
    /// There is no host, or what stands there is none.
    Host(String),
    /// The port is no number from 1 to 65535.
    Port(String),
    /// What stands behind the question mark is not `transport=udp` or `transport=tcp`, or stands
    /// behind a STUN URL.
    Query(String),
    /// DTLS towards a relay (`turns:..?transport=udp`).
    Unsupported(String),
}

impl fmt::Display for IceUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IceUrlError::TooLong(bytes) => {
                write!(f, "a URL of {bytes} bytes; at most {URL_BYTES_MAX} are taken")
            }
            IceUrlError::Scheme(text) => {
                write!(f, "{text:?} begins with none of stun:, stuns:, turn: and turns:")
            }
            IceUrlError::Host(text) => write!(f, "{text:?} names no host"),
            IceUrlError::Port(text) => write!(f, "{text:?} is no port"),
            IceUrlError::Query(text) => {
                write!(f, "{text:?}: only TURN URLs have ?transport=udp or ?transport=tcp")
            }
            IceUrlError::Unsupported(text) => {
                write!(f, "{text:?}: TURN over DTLS is not supported")
            }
        }
    }
}

impl std::error::Error for IceUrlError {}

impl IceUrl {
    /// What it names.
    pub fn scheme(&self) -> IceScheme {
        self.scheme
    }

    /// The name or address of the host, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and port, with brackets around an IPv6 address.
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// What carries messages to the server.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The host's address, where the URL has one in the place of a name.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl fmt::Display for IceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for IceUrl {
    type Err = IceUrlError;

    fn from_str(text: &str) -> Result<Self, IceUrlError> {
        if text.len() > URL_BYTES_MAX {
            return Err(IceUrlError::TooLong(text.len()));
        }
        let (scheme, rest) = scheme(text).ok_or_else(|| IceUrlError::Scheme(text.to_owned()))?;
        let (authority, query) = match rest.split_once('?') {
            Some((authority, query)) => (authority, Some(query)),
            None => (rest, None),
        };
        let protocol = protocol(scheme, query, text)?;
        let (host, port) = host_and_port(authority)?;
        let port = match port {
            Some(port) => port,
            None if scheme.is_secure() => TLS_PORT,
            None => PORT,
        };
        Ok(IceUrl { text: text.to_owned(), scheme, host: host.to_owned(), port, protocol })
    }
}

fn scheme(text: &str) -> Option<(IceScheme, &str)> {
    let (name, rest) = text.split_once(':')?;
    let scheme =
        IceScheme::ALL.into_iter().find(|known| name.eq_ignore_ascii_case(known.name()))?;
    Some((scheme, rest))
}

fn protocol(scheme: IceScheme, query: Option<&str>, text: &str) -> Result<Protocol, IceUrlError> {
    // What RFC 7065 quotes counts in either case (RFC 5234 section 2.3).
    let query = query.map(str::to_ascii_lowercase);
    let transport = query.as_ref().map(|query| query.strip_prefix("transport=").unwrap_or(""));
    match (scheme, transport) {
        (IceScheme::Stun | IceScheme::Turn, None) => Ok(Protocol::Udp),
        (IceScheme::Stuns | IceScheme::Turns, None) => Ok(Protocol::Tls),
        (IceScheme::Turn, Some("udp")) => Ok(Protocol::Udp),
        (IceScheme::Turn, Some("tcp")) => Ok(Protocol::Tcp),
        (IceScheme::Turns, Some("tcp")) => Ok(Protocol::Tls),
        (IceScheme::Turns, Some("udp")) => Err(IceUrlError::Unsupported(text.to_owned())),
        _ => Err(IceUrlError::Query(text.to_owned())),
    }
}

fn host_and_port(authority: &str) -> Result<(&str, Option<u16>), IceUrlError> {
    let no_host = || IceUrlError::Host(authority.to_owned());
    let (host, behind) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, behind) = rest.split_once(']').ok_or_else(no_host)?;
            host.parse::<Ipv6Addr>().map_err(|_| no_host())?;
            (host, behind)
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_bracketed = authority.starts_with('[');
    let is_name = |host: &str| {
        let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        !host.is_empty() && host.len() <= HOST_BYTES_MAX && host.bytes().all(known)
    };
    if !is_bracketed && !is_name(host) {
        return Err(no_host());
    }
    let port = match behind.strip_prefix(':') {
        None if behind.is_empty() => None,
        None => return Err(no_host()),
        Some(port) => {
            let read = port.parse::<u16>().ok().filter(|port| *port != 0);
            Some(read.ok_or_else(|| IceUrlError::Port(port.to_owned()))?)
        }
    };
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_specifications_are_read() {
        // RFC 7064 appendix B, RFC 7065 appendix B.
        let read = |text: &str| {
            let url: IceUrl = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            (url.scheme(), url.host().to_owned(), url.port(), url.protocol())
        };
        use IceScheme::{Stun, Stuns, Turn, Turns};
        use Protocol::{Tcp, Tls, Udp};
        for (text, scheme, port, protocol) in [
            ("stun:example.org", Stun, 3478, Udp),
            ("stuns:example.org", Stuns, 5349, Tls),
            ("stun:example.org:8000", Stun, 8000, Udp),
            ("TURN:example.org?Transport=TCP", Turn, 3478, Tcp),
            ("turn:example.org", Turn, 3478, Udp),
            ("turns:example.org", Turns, 5349, Tls),
            ("turn:example.org:8000", Turn, 8000, Udp),
            ("turn:example.org?transport=udp", Turn, 3478, Udp),
            ("turn:example.org?transport=tcp", Turn, 3478, Tcp),
            ("turns:example.org?transport=tcp", Turns, 5349, Tls),
            ("TURN:example.org", Turn, 3478, Udp),
        ] {
            assert_eq!(read(text), (scheme, "example.org".to_owned(), port, protocol), "{text}");
        }
        assert_eq!(read("stun:192.0.2.7").1, "192.0.2.7");
        assert_eq!(read("stun:[2001:db8::7]:80").2, 80);
    }

    #[test]
    fn faults_are_named() {
        let fault = |text: &str| text.parse::<IceUrl>().expect_err(text);
        let query = |text: &str| matches!(fault(text), IceUrlError::Query(_));
        let host = |text: &str| matches!(fault(text), IceUrlError::Host(_));
        let port = |text: &str| matches!(fault(text), IceUrlError::Port(_));
        assert!(matches!(fault("http://example.org"), IceUrlError::Scheme(_)));
        assert!(matches!(fault(""), IceUrlError::Scheme(_)));
        assert!(matches!(fault("turns:a?transport=udp"), IceUrlError::Unsupported(_)));
        assert!(
            query("stun:a?transport=udp") && query("turn:a?transport=sctp") && query("turn:a?")
        );
        assert!(host("stun:") && host("stun://a") && host("stun:[::1") && host("stun:[a]"));
        assert!(host("stun:a b") && host("stun:user@a") && host("stun:::1"));
        assert!(port("stun:a:0") && port("stun:a:65536") && port("stun:a:"));
        assert_eq!(fault(&format!("stun:{}", "a".repeat(400))), IceUrlError::TooLong(405));
    }
}
