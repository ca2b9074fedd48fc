//! An HTTP proxy that opens tunnels (`CONNECT`, RFC 9110 section 9.3.6).
//!
//! 1. A client asks for an authority, with credentials where they are wanted.
//! 2. The proxy resolves the name, connects, and answers; what it does not like it refuses.
//! 3. Bytes pass both ways until one side ends or breaks; then the other is ended too.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::host::{Endpoint, HostCx};
use crate::net::MachineId;
use crate::packet::{IpProtocol, Packet};
use crate::sim::{Handle, Sim};
use crate::spec::LinkSpec;
use crate::tcp::{ConnectionId, Stack, StackEvent};

/// The usual port.
const PORT: u16 = 3_128;

/// Bytes of a request; longer ones are refused.
const REQUEST_BYTES_MAX: usize = 16_384;

/// A proxy's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpProxyConfig {
    /// Where it listens, on all of its host's addresses.
    pub port: u16,
    /// The user name and the password without which it answers 407.
    pub credentials: Option<(String, String)>,
    /// Ports that tunnels may lead to; another is answered with 403. Usual is 443 alone.
    pub ports: Vec<u16>,
}

impl Default for HttpProxyConfig {
    /// Port 3128, no credentials, tunnels to port 443.
    fn default() -> Self {
        HttpProxyConfig { port: PORT, credentials: None, ports: vec![443] }
    }
}

/// A proxy on a host.
#[derive(Debug)]
pub struct HttpProxyServer {
    config: HttpProxyConfig,
    stack: Stack,
    connections: BTreeMap<ConnectionId, Connection>,
    opened: u64,
}

#[derive(Debug)]
enum Connection {
    /// A client that has not said all of its request.
    Asking { local: SocketAddr, said: Vec<u8> },
    /// A client whose tunnel is being opened; what it said already.
    Waiting { server: ConnectionId, said: Vec<u8> },
    /// Towards a server, for this client.
    Opening { client: ConnectionId },
    /// One side of a tunnel; this is the other.
    Tunnel { other: ConnectionId },
}

impl HttpProxyServer {
    /// A proxy without clients.
    pub fn new(config: HttpProxyConfig) -> Self {
        let (stack, connections) = (Stack::default(), BTreeMap::new());
        HttpProxyServer { config, stack, connections, opened: 0 }
    }

    /// Tunnels opened so far.
    pub fn opened(&self) -> u64 {
        self.opened
    }

    fn settle(&mut self, cx: &mut HostCx<'_>) {
        while let Some(event) = self.stack.poll() {
            match event {
                StackEvent::Accepted { id, local, .. } => {
                    self.connections.insert(id, Connection::Asking { local, said: Vec::new() });
                }
                StackEvent::Opened(id) => self.established(id, cx),
                StackEvent::Data(id, bytes) => self.data(id, &bytes, cx),
                StackEvent::Ended(id) | StackEvent::Broken(id, _) => self.gone(id, cx),
            }
        }
        cx.wake_at(self.stack.next_wake());
    }

    fn data(&mut self, id: ConnectionId, bytes: &[u8], cx: &mut HostCx<'_>) {
        match self.connections.get_mut(&id) {
            Some(Connection::Asking { local, said }) => {
                said.extend_from_slice(bytes);
                let end = said.windows(4).position(|four| four == b"\r\n\r\n");
                let (local, Some(end)) = (*local, end) else {
                    if said.len() > REQUEST_BYTES_MAX {
                        self.refuse(id, "431 Request Header Fields Too Large", cx);
                    }
                    return;
                };
                let rest = said.split_off(end + 4);
                let request = String::from_utf8_lossy(said).into_owned();
                match self.open(id, local, &request, rest, cx) {
                    Ok(()) => {}
                    Err(status) => self.refuse(id, status, cx),
                }
            }
            Some(Connection::Waiting { said, .. }) => {
                said.extend_from_slice(bytes);
                if said.len() > REQUEST_BYTES_MAX {
                    self.gone(id, cx);
                }
            }
            Some(Connection::Tunnel { other }) => {
                let other = *other;
                // A stream with a gap is of no use: who has no room for it is cut.
                if !self.stack.write(other, bytes, cx) {
                    self.gone(id, cx);
                }
            }
            Some(Connection::Opening { .. }) | None => {}
        }
    }

    /// Begins to do what a request asks for; gives the status of a refusal.
    fn open(
        &mut self,
        client: ConnectionId,
        local: SocketAddr,
        request: &str,
        said: Vec<u8>,
        cx: &mut HostCx<'_>,
    ) -> Result<(), &'static str> {
        let mut lines = request.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, target, version) = (words.next(), words.next(), words.next());
        let (Some(authority), Some("HTTP/1.1" | "HTTP/1.0")) = (target, version) else {
            return Err("400 Bad Request");
        };
        if method != Some("CONNECT") {
            return Err("405 Method Not Allowed");
        }
        if let Some((user, password)) = &self.config.credentials {
            let text = STANDARD.encode(format!("{user}:{password}"));
            let wanted = format!("Proxy-Authorization: Basic {text}");
            if !lines.any(|line| line == wanted) {
                return Err("407 Proxy Authentication Required");
            }
        }
        let (host, port) = authority.rsplit_once(':').ok_or("400 Bad Request")?;
        let port: u16 = port.parse().map_err(|_| "400 Bad Request")?;
        if !self.config.ports.contains(&port) {
            return Err("403 Forbidden");
        }
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let addresses = literal.map_or_else(|_| cx.resolve(host), |address| vec![address]);
        let ways = addresses.iter().find_map(|to| Some((source(*to, local.ip(), cx)?, *to)));
        let (from, to) = ways.ok_or("502 Bad Gateway")?;
        let ends = (SocketAddr::new(from, 0), SocketAddr::new(to, port));
        let opened = self.stack.connect(ends.0, ends.1, cx);
        let (server, _) = opened.map_err(|_| "503 Service Unavailable")?;
        self.connections.insert(server, Connection::Opening { client });
        self.connections.insert(client, Connection::Waiting { server, said });
        Ok(())
    }

    /// The way to a server is there.
    fn established(&mut self, server: ConnectionId, cx: &mut HostCx<'_>) {
        let Some(&Connection::Opening { client }) = self.connections.get(&server) else { return };
        let tunnel = Connection::Tunnel { other: server };
        let Some(Connection::Waiting { said, .. }) = self.connections.insert(client, tunnel) else {
            return;
        };
        self.connections.insert(server, Connection::Tunnel { other: client });
        self.opened += 1;
        self.stack.write(client, b"HTTP/1.1 200 Connection established\r\n\r\n", cx);
        self.stack.write(server, &said, cx);
    }

    fn refuse(&mut self, client: ConnectionId, status: &str, cx: &mut HostCx<'_>) {
        self.connections.remove(&client);
        let challenge = match status.starts_with("407") {
            true => "Proxy-Authenticate: Basic realm=\"lapwing.test\"\r\n",
            false => "",
        };
        let answer = format!("HTTP/1.1 {status}\r\n{challenge}Content-Length: 0\r\n\r\n");
        self.stack.write(client, answer.as_bytes(), cx);
        self.stack.close(client, cx);
    }

    /// One side is over, so the other is too.
    fn gone(&mut self, id: ConnectionId, cx: &mut HostCx<'_>) {
        self.stack.close(id, cx);
        match self.connections.remove(&id) {
            Some(Connection::Opening { client }) => self.refuse(client, "502 Bad Gateway", cx),
            Some(Connection::Waiting { server: other, .. } | Connection::Tunnel { other }) => {
                self.connections.remove(&other);
                self.stack.close(other, cx);
            }
            Some(Connection::Asking { .. }) | None => {}
        }
    }
}

/// The address that reaches a server: the one by which the client came, where that is of the same
/// family.
fn source(to: IpAddr, usual: IpAddr, cx: &HostCx<'_>) -> Option<IpAddr> {
    let up = cx.interfaces().iter().filter(|interface| interface.up);
    let all = up.flat_map(|interface| interface.addresses.iter().copied());
    std::iter::once(usual).chain(all).find(|from| from.is_ipv4() == to.is_ipv4())
}

impl Endpoint for HttpProxyServer {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        self.config.port = self.stack.listen(self.config.port, cx).expect("the port is free");
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        if packet.protocol() == IpProtocol::Tcp {
            self.stack.receive(&packet, cx);
            self.settle(cx);
        }
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.stack.wake(cx);
        self.settle(cx);
    }
}

impl Sim {
    /// A host with an HTTP proxy, joined to `parent` by `link` both ways.
    ///
    /// ```
    /// use lapwing_simnet::servers::HttpProxyConfig;
    /// use lapwing_simnet::{LinkSpec, Sim, Time};
    /// let mut sim = Sim::new(1);
    /// let core = sim.router("core");
    /// let addresses = ["192.0.2.1".parse().unwrap()];
    /// let config = HttpProxyConfig::default();
    /// let proxy = sim.http_proxy("proxy", core, &addresses, &LinkSpec::new(), config);
    /// sim.run_until(Time::from_secs(1));
    /// assert_eq!(sim.endpoint(proxy).opened(), 0);
    /// ```
    pub fn http_proxy(
        &mut self,
        name: &str,
        parent: MachineId,
        addresses: &[IpAddr],
        link: &LinkSpec,
        config: HttpProxyConfig,
    ) -> Handle<HttpProxyServer> {
        let host = self.host(name);
        self.connect(host, parent, addresses, link, link);
        self.attach(host, HttpProxyServer::new(config))
    }
}
