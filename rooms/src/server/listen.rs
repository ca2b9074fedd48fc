//! Where to listen: an address and port, or a name and port.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::task::Poll;

use tokio::net::{TcpListener, TcpStream};

use super::accept::Accept;
use super::error::ServeError;

/// A name or address of this machine with a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    host: String,
    port: u16,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Listen { host: address.ip().to_string(), port: address.port() });
        }
        let parts = text
            .rsplit_once(':')
            .filter(|(host, _)| !host.is_empty() && !host.contains([':', '/', '@', '[', ']']));
        let (host, port) = parts.ok_or_else(|| {
            format!("{text:?} is not like 127.0.0.1:8080, [::1]:8080 or localhost:8080")
        })?;
        let port = port.parse().map_err(|_| format!("{port:?} is no port: 0 to 65535"))?;
        Ok(Listen { host: host.to_owned(), port })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.parse() {
            Ok(address) => SocketAddr::new(address, self.port).fmt(f),
            Err(_) => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl Listen {
    /// The name, when it is one.
    pub fn name(&self) -> Option<&str> {
        self.host.parse::<IpAddr>().is_err().then_some(&self.host)
    }

    /// The addresses that it stands for. `localhost` is loopback in both families, whatever the
    /// machine's table of names says (RFC 6761 section 6.3). Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`ServeError::Unresolved`] when it is a name that stands for none.
    pub async fn resolve(&self) -> Result<Vec<SocketAddr>, ServeError> {
        if let Ok(address) = self.host.parse() {
            return Ok(vec![SocketAddr::new(address, self.port)]);
        }
        if self.host.eq_ignore_ascii_case("localhost") {
            let both = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            return Ok(both.map(|address| SocketAddr::new(address, self.port)).to_vec());
        }
        let fault = |error| ServeError::Unresolved(self.host.clone(), error);
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let mut addresses: Vec<SocketAddr> = found.map_err(fault)?.collect();
        addresses.dedup();
        if addresses.is_empty() {
            return Err(fault(io::ErrorKind::NotFound.into()));
        }
        Ok(addresses)
    }
}

/// Sockets that listen on the same port of several addresses.
#[derive(Debug)]
pub struct Listeners(Vec<TcpListener>);

impl Listeners {
    /// Listens on all of them; with port 0 on any port, the same on each. An address that this
    /// machine has not, such as one of IPv6 where there is none, is passed over while there are
    /// others.
    pub(super) async fn bind(addresses: &[SocketAddr]) -> Result<Self, ServeError> {
        let mut listeners: Vec<TcpListener> = Vec::new();
        let mut fault = None;
        for address in addresses {
            let mut address = *address;
            if let Some(first) = listeners.first() {
                let first = first.local_addr().map_err(ServeError::Runtime)?;
                address.set_port(first.port());
            }
            match TcpListener::bind(address).await {
                Ok(listener) => listeners.push(listener),
                Err(error) => {
                    let absent = matches!(
                        error.kind(),
                        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
                    );
                    let error = ServeError::Listen(address, error);
                    if !absent {
                        return Err(error);
                    }
                    fault = Some(error);
                }
            }
        }
        match fault {
            Some(error) if listeners.is_empty() => Err(error),
            _ => Ok(Listeners(listeners)),
        }
    }
}

impl Accept for Listeners {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, from) = std::future::poll_fn(|context| {
            let mut ready = self.0.iter().map(|listener| listener.poll_accept(context));
            ready.find(Poll::is_ready).unwrap_or(Poll::Pending)
        })
        .await?;
        // Messages are small and each is waited for.
        let _ = stream.set_nodelay(true);
        Ok((stream, from))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        let first = self.0.first().ok_or(io::ErrorKind::NotConnected)?;
        first.local_addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_are_read() {
        for good in ["127.0.0.1:8080", "[::1]:0", "localhost:8099", "rooms.example.org:443"] {
            assert_eq!(good.parse::<Listen>().expect(good).to_string(), good);
        }
        for bad in ["", "localhost", ":80", "localhost:x", "localhost:65536", "::1:80", "a/b:80"] {
            assert!(bad.parse::<Listen>().is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn localhost_is_both_families_on_one_port() {
        let listen: Listen = "localhost:0".parse().expect("it is a name and a port");
        let addresses = listen.resolve().await.expect("everyone has loopback");
        assert!(addresses.iter().all(|address| address.ip().is_loopback()));
        let mut listeners = Listeners::bind(&addresses).await.expect("it can be listened on");
        let ports: Vec<u16> = (listeners.0.iter())
            .map(|listener| listener.local_addr().expect("it listens").port())
            .collect();
        assert!(ports.iter().all(|port| *port == ports[0]));
        for listener in
            listeners.0.iter().map(|l| l.local_addr().expect("it listens")).collect::<Vec<_>>()
        {
            let (accepted, connected) =
                tokio::join!(listeners.accept(), TcpStream::connect(listener));
            let own = connected.expect("it listens").local_addr().expect("it is connected");
            assert_eq!(accepted.expect("one came").1, own);
        }
    }
}
