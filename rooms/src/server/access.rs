//! Whose requests are served: which names the server goes by, and which pages may talk to it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::hub::SOCKETS_PER_ADDRESS;

/// Who may come in beside those whom every server lets in.
#[derive(Clone, Debug)]
pub struct AccessConfig {
    /// Pages of other servers that may open sockets here.
    pub allow_origins: Vec<Origin>,
    /// Names by which this server is reached.
    pub allow_hosts: Vec<String>,
    /// Sockets that one address may have at the same time.
    pub sockets_per_address: usize,
}

impl Default for AccessConfig {
    fn default() -> Self {
        AccessConfig {
            allow_origins: Vec::new(),
            allow_hosts: Vec::new(),
            sockets_per_address: SOCKETS_PER_ADDRESS,
        }
    }
}

/// Where a page is from: scheme, host and port (RFC 6454 section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    is_https: bool,
    host: String,
    port: u16,
}

impl Origin {
    fn new(is_https: bool, authority: &Authority) -> Self {
        let default = if is_https { 443 } else { 80 };
        Origin { is_https, host: host_of(authority), port: authority.port_u16().unwrap_or(default) }
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault =
            || format!("{text:?} is not like https://rooms.example.org or http://HOST:PORT");
        let uri: Uri = text.parse().map_err(|_| fault())?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(fault()),
        };
        let is_bare = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        let authority = uri.authority().filter(|a| is_bare && !a.as_str().contains('@'));
        authority.map(|authority| Origin::new(is_https, authority)).ok_or_else(fault)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no Host, more than one, or none that makes sense.
    BadHost,
    /// The Host is none of ours.
    ForeignHost(String),
    /// The page is of another server.
    ForeignOrigin(String),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Refusal::BadHost => {
                (StatusCode::BAD_REQUEST, "A request names one Host, as in a link.\n".to_owned())
            }
            Refusal::ForeignHost(host) => (
                StatusCode::MISDIRECTED_REQUEST,
                format!(
                    "This server is not called {host:?}. If it is, start it with --allow-host.\n"
                ),
            ),
            Refusal::ForeignOrigin(origin) => (
                StatusCode::FORBIDDEN,
                format!(
                    "Pages of {origin:?} may not open sockets here. If they may, start the server \
                     with --allow-origin.\n"
                ),
            ),
        };
        (status, text).into_response()
    }
}

/// The rules of one server.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    is_https: bool,
    /// Names and addresses that a Host may have; any when there are none.
    hosts: Vec<String>,
    /// Whether an address is as good as those names: nobody can make another name's page ask for
    /// it.
    any_address: bool,
    origins: Vec<Origin>,
}

impl Gate {
    /// The rules for a server on these addresses. One that only this machine can reach must not be
    /// reached by a page whose name someone else makes point here (DNS rebinding). Elsewhere a
    /// certificate sees to that, which no foreign name has.
    pub(super) fn new(listen: &[SocketAddr], is_https: bool, access: &AccessConfig) -> Self {
        let on_loopback = listen.iter().all(|address| address.ip().to_canonical().is_loopback());
        let mut hosts: Vec<String> = access.allow_hosts.iter().map(|host| clean(host)).collect();
        hosts.extend(access.allow_origins.iter().map(|origin| origin.host.clone()));
        if on_loopback || !access.allow_hosts.is_empty() {
            hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
            hosts.extend(listen.iter().map(|address| literal(address.ip())));
        } else {
            hosts.clear();
        }
        let origins = access.allow_origins.clone();
        Gate { is_https, hosts, any_address: !on_loopback, origins }
    }

    /// The one name by which a request calls the server.
    pub(super) fn host(&self, uri: &Uri, headers: &HeaderMap) -> Result<Authority, Refusal> {
        let mut named = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (named.next(), named.next()) else {
            return Err(Refusal::BadHost);
        };
        let text = host.to_str().map_err(|_| Refusal::BadHost)?;
        let authority: Authority = text.parse().map_err(|_| Refusal::BadHost)?;
        let is_same = uri.authority().is_none_or(|other| *other == authority);
        if !is_same || text.contains('@') || authority.host().is_empty() {
            return Err(Refusal::BadHost);
        }
        let host = host_of(&authority);
        let is_address = host.starts_with('[') || host.parse::<IpAddr>().is_ok();
        let ok =
            self.hosts.is_empty() || self.hosts.contains(&host) || (self.any_address && is_address);
        if ok { Ok(authority) } else { Err(Refusal::ForeignHost(host)) }
    }

    /// Whether a socket may be opened: by our own page, by one that is allowed, or by a program,
    /// which says nothing of where it is from.
    pub(super) fn origin(&self, host: &Authority, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut named = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = named.next() else { return Ok(()) };
        let text = String::from_utf8_lossy(origin.as_bytes()).into_owned();
        let parsed: Option<Origin> = text.parse().ok();
        let own = Origin::new(self.is_https, host);
        let ok = parsed.is_some_and(|origin| origin == own || self.origins.contains(&origin));
        if ok && named.next().is_none() { Ok(()) } else { Err(Refusal::ForeignOrigin(text)) }
    }
}

fn host_of(authority: &Authority) -> String {
    clean(authority.host())
}

fn clean(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// An address as it stands in a link.
pub(super) fn literal(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

#[cfg(test)]
mod tests;
