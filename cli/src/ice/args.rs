//! What commands take that ask STUN and TURN servers.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use lapwing_engine::{Config, HttpProxy, IceServer, IceTransportPolicy, TlsTrust};

use super::error::IceError;

const EXAMPLES: &str = "Examples:
  lapwing ice stun:stun.example.org
      The candidates of this machine, as a browser would find them, with the time of each.
  lapwing ice turn:relay.example.org turns:relay.example.org --username ada --credential secret
      A relay, asked by UDP and by TLS.
  lapwing ice turn:relay.example.org?transport=tcp --username ada --credential secret \\
      --http-proxy proxy.example.org:3128 --json
      The same through a proxy, one JSON object a line.

Exit status: 0 when every server gave what it is for, 1 when one did not, 2 when the command is
wrong.";

/// Gather candidates from STUN and TURN servers, and print them with times.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The servers, and how to ask them.
    #[command(flatten)]
    pub servers: ServerArgs,
    /// Tell everything as JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

/// Servers to be asked.
#[derive(Clone, Debug, clap::Args)]
pub struct ServerArgs {
    /// Servers, such as `stun:HOST`, `turn:HOST:PORT`, `turn:HOST?transport=tcp`, `turns:HOST`.
    #[arg(value_name = "URL", required = true)]
    pub urls: Vec<String>,
    /// The user name of relays.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub username: String,
    /// The password of relays. Others on this machine see it in the list of processes.
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub credential: String,
    /// Show and use candidates of relays only, as iceTransportPolicy "relay" does.
    #[arg(long)]
    pub relay: bool,
    /// Ask from the loopback interface too, for servers on this machine.
    #[arg(long)]
    pub loopback: bool,
    /// Believe the authorities in this PEM file, and no others, in the place of the system's.
    #[arg(long, value_name = "FILE")]
    pub tls_roots: Option<PathBuf>,
    /// Reach servers by TCP and TLS through this HTTP proxy.
    #[arg(long, value_name = "HOST:PORT")]
    pub http_proxy: Option<String>,
    /// Give up after so many seconds.
    #[arg(long, value_name = "N", default_value_t = 15)]
    pub seconds: u64,
}

impl ServerArgs {
    /// The settings of a connection that asks these servers.
    ///
    /// # Errors
    /// What is wrong with a URL, a file or the proxy; no randomness.
    pub fn config(&self) -> Result<Config, IceError> {
        let mut config = lapwing_drivers::config().map_err(IceError::System)?;
        config.include_loopback = self.loopback;
        config.ice_servers = self.servers(self.urls.iter().map(String::as_str))?;
        if self.relay {
            config.ice_transport_policy = IceTransportPolicy::Relay;
        }
        if let Some(path) = &self.tls_roots {
            let pem = fs::read(path).map_err(|error| IceError::Roots(path.clone(), error))?;
            config.tls_trust = TlsTrust::Roots(pem.into());
        }
        if let Some(text) = &self.http_proxy {
            config.http_proxy = Some(Arc::new(proxy(text)?));
        }
        Ok(config)
    }

    /// Each URL as a server, with the credentials where it is a relay.
    pub(crate) fn servers<'a>(
        &self,
        urls: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<IceServer>, IceError> {
        let server = |url: &str| {
            IceServer::new([url], &self.username, &self.credential)
                .map_err(|error| IceError::Server(url.to_owned(), error))
        };
        urls.map(server).collect()
    }
}

fn proxy(text: &str) -> Result<HttpProxy, IceError> {
    let bad = || IceError::Proxy(text.to_owned());
    let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
    let port = port.parse().map_err(|_| bad())?;
    let host = host.trim_matches(['[', ']']).to_owned();
    if host.is_empty() { Err(bad()) } else { Ok(HttpProxy { host, port, credentials: None }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_host_and_a_port() {
        let read = |text: &str| proxy(text).map(|proxy| (proxy.host, proxy.port)).ok();
        assert_eq!(read("proxy.example:3128"), Some(("proxy.example".to_owned(), 3_128)));
        assert_eq!(read("[2001:db8::1]:80"), Some(("2001:db8::1".to_owned(), 80)));
        assert_eq!((read("proxy.example"), read(":80"), read("a:b")), (None, None, None));
    }
}
