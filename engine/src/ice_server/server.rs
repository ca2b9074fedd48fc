//! A server, as an application names it, and what may be used of it.

use std::fmt;
use std::sync::Arc;

use super::credential::{Credential, shown};
use super::error::IceServerError;
use super::url::IceUrl;

/// Servers of one connection. Each is asked from every address of ours.
pub const ICE_SERVERS_MAX: usize = 16;

/// URLs of one server.
pub const ICE_URLS_MAX: usize = 16;

/// Bytes of a user name or a credential (RFC 8489 section 14.3).
const CREDENTIAL_BYTES_MAX: usize = 508;

/// A STUN or TURN server (W3C `RTCIceServer`).
///
/// ```
/// use lapwing_engine::{IceServer, IceServerError};
/// let stun = IceServer::stun("stun:stun.example.org").unwrap();
/// let relay = IceServer::new(["turn:relay.example.org"], "ada", "secret").unwrap();
/// assert_eq!((stun.urls().len(), relay.username()), (1, "ada"));
/// let nobody = IceServer::stun("turn:relay.example.org").unwrap_err();
/// assert!(matches!(nobody, IceServerError::NoCredentials(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceServer {
    urls: Vec<IceUrl>,
    username: String,
    credential: Credential,
}

impl IceServer {
    /// A server that tells addresses and asks for no credentials.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn stun(url: &str) -> Result<Self, IceServerError> {
        IceServer::new([url], "", "")
    }

    /// A server with the credentials of its relays; empty ones where it has none.
    ///
    /// # Errors
    /// [`IceServerError`], by the rules of the W3C ("set a configuration").
    pub fn new<'a>(
        urls: impl IntoIterator<Item = &'a str>,
        username: &str,
        credential: &str,
    ) -> Result<Self, IceServerError> {
        let mut read = Vec::new();
        for url in urls {
            let url: IceUrl = url.parse()?;
            if url.scheme().is_relay() && (username.is_empty() || credential.is_empty()) {
                return Err(IceServerError::NoCredentials(url.to_string()));
            }
            if read.len() == ICE_URLS_MAX {
                return Err(IceServerError::TooMany(ICE_URLS_MAX));
            }
            read.push(url);
        }
        if read.is_empty() {
            return Err(IceServerError::NoUrl);
        }
        let longest = username.len().max(credential.len());
        if longest > CREDENTIAL_BYTES_MAX {
            return Err(IceServerError::CredentialsTooLong(longest));
        }
        let (username, credential) = (username.to_owned(), Credential(credential.to_owned()));
        Ok(IceServer { urls: read, username, credential })
    }

    /// Its URLs, at least one.
    pub fn urls(&self) -> &[IceUrl] {
        &self.urls
    }

    /// The user name of its relays; empty where there is none.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The password of its relays; empty where there is none.
    pub fn credential(&self) -> &str {
        &self.credential.0
    }

    /// The same with no secret in it, for recordings.
    pub(crate) fn without_credential(&self) -> Self {
        let credential = if self.credential.0.is_empty() { "" } else { "-" };
        IceServer { credential: Credential(credential.to_owned()), ..self.clone() }
    }
}

/// Which candidates may be used (W3C `RTCIceTransportPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IceTransportPolicy {
    /// All.
    #[default]
    All,
    /// Those of relays only: the peer does not learn our addresses.
    Relay,
}

/// Whose certificates are believed of a server that is reached over TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TlsTrust {
    /// Those of the authorities that the system trusts.
    #[default]
    System,
    /// Those of these authorities: certificates in PEM.
    Roots(Arc<[u8]>),
    /// Anybody's. For experiments: whoever sits between may read and change what goes over it.
    Anyone,
}

/// A proxy that opens TCP connections to servers (HTTP CONNECT, RFC 9110 section 9.3.6).
#[derive(Clone, PartialEq, Eq)]
pub struct HttpProxy {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// A user name and a password, where it asks for them (RFC 7617).
    pub credentials: Option<(String, String)>,
}

impl fmt::Debug for HttpProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HttpProxy { host, port, credentials } = self;
        f.debug_struct("HttpProxy")
            .field("host", host)
            .field("port", port)
            .field("credentials", &shown(credentials.as_ref()))
            .finish()
    }
}
