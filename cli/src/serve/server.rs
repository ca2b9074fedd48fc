//! The listening socket and its tasks.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};
use tokio_openssl::SslStream;

use super::error::ServeError;
use super::forward::PreparedForwarder;
use super::http::{self, Site};
use super::hub::{Entropy, HubConfig};
use super::shared::{LogStyle, Shared};
use super::tls::Tls;
use crate::protocol::signalling::{IceServer, Mode};

/// TCP connections at the same time: every participant has one socket, and browsers open up to six
/// more while they load the page.
const TCP_CONNECTIONS_MAX: usize = 2048;

/// How long a TLS handshake may take, and how long a request's head.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// How long clients have to take their goodbye.
const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(3);

/// A pause after a failed accept, which means that the process has too many files open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Everything a server is started with.
#[derive(Debug)]
pub struct ServerConfig {
    /// Where to listen; port 0 takes any.
    pub listen: SocketAddr,
    /// For https.
    pub tls: Option<Tls>,
    /// What the server does in a room for which nobody asked otherwise.
    pub mode: Mode,
    /// Handed to every client.
    pub ice_servers: Vec<IceServer>,
    /// For forwarding; without it every room is direct.
    pub media: Option<MediaConfig>,
    /// Take the page from here.
    pub web_dir: Option<PathBuf>,
    /// How to log.
    pub log: LogStyle,
    /// Whether tests may steer the page.
    pub allow_control: bool,
}

/// Where media come and go in forward mode.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// Addresses of this machine.
    pub addresses: Vec<IpAddr>,
    /// UDP port; without it the number of the TCP port.
    pub port: Option<u16>,
    /// Addresses by which others reach it through a translator.
    pub advertised: Vec<IpAddr>,
}

/// Where connections come from: TCP, or a network in a test.
pub trait Accept: Send {
    /// A connection, as bytes in order.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Where it listens.
    ///
    /// # Errors
    /// The network's.
    fn local_addr(&self) -> io::Result<SocketAddr>;
}

impl Accept for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<TcpStream> {
        let (stream, _) = TcpListener::accept(self).await?;
        // Messages are small and each is waited for.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        TcpListener::local_addr(self)
    }
}

/// A server that listens. It serves while [`Server::run`] runs.
#[derive(Debug)]
pub struct Server<L = TcpListener> {
    listener: L,
    tls: Option<Tls>,
    site: Site,
    forwarder: Option<PreparedForwarder>,
}

impl Server {
    /// Listens. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`ServeError::PlainHttp`] for an address that others can reach without TLS,
    /// [`ServeError::Listen`] when the address is taken or not ours.
    pub async fn bind(config: ServerConfig) -> Result<Self, ServeError> {
        if config.tls.is_none() && !is_loopback(config.listen.ip()) {
            return Err(ServeError::PlainHttp(config.listen));
        }
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|error| ServeError::Listen(config.listen, error))?;
        Server::on(listener, config, Entropy::system())
    }
}

impl<L: Accept> Server<L> {
    /// Serves on a listener, with ids and tokens from `entropy`.
    ///
    /// # Errors
    /// As [`Server::bind`], but for the address.
    pub fn on(listener: L, config: ServerConfig, entropy: Entropy) -> Result<Self, ServeError> {
        let port = listener.local_addr().map_err(ServeError::Runtime)?.port();
        let forwarder = match config.media {
            Some(media) => Some(prepare(media, port)?),
            None => None,
        };
        let hub = HubConfig {
            mode: config.mode,
            can_forward: forwarder.is_some(),
            ice_servers: config.ice_servers,
        };
        let shared = Arc::new(Shared::new(hub, config.log, entropy));
        let site = Site { shared, web_dir: config.web_dir, allow_control: config.allow_control };
        Ok(Server { listener, tls: config.tls, site, forwarder })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The operating system's.
    pub fn local_addr(&self) -> Result<SocketAddr, ServeError> {
        self.listener.local_addr().map_err(ServeError::Runtime)
    }

    /// Serves until `stop` completes, then says goodbye to everyone.
    ///
    /// # Errors
    /// The operating system's, when the forwarder's thread cannot be started.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        let shared = Arc::clone(&self.site.shared);
        if let Some(forwarder) = self.forwarder.take() {
            let rooms = Arc::clone(&shared);
            let tell = move |notice| rooms.with(|hub, _| hub.notice(notice));
            shared.set_forward(Some(forwarder.start(tell).map_err(ServeError::Runtime)?));
        }
        let mut tasks = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        let places = Arc::new(Semaphore::new(TCP_CONNECTIONS_MAX));
        let router = http::router(self.site);
        let mut ticks = interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = ticks.tick() => shared.with(|hub, now| hub.tick(now)),
                Some(_) = tasks.join_next() => {}
                accepted = self.listener.accept() => {
                    let Ok(stream) = accepted else {
                        sleep(ACCEPT_PAUSE).await;
                        continue;
                    };
                    // Beyond the limit the connection is dropped, which the client sees at once.
                    let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
                    let (tls, router) = (self.tls.clone(), router.clone());
                    tasks.spawn(async move {
                        serve(stream, tls, router).await;
                        drop(place);
                    });
                }
            }
        }
        drop(self.listener);
        shared.with(|hub, _| hub.shut_down());
        let rest = async { while tasks.join_next().await.is_some() {} };
        // Whoever has not taken its goodbye by then is cut off.
        let _ = timeout(SHUTDOWN_TIME_MAX, rest).await;
        shared.set_forward(None);
        Ok(())
    }
}

fn prepare(media: MediaConfig, tcp_port: u16) -> Result<PreparedForwarder, ServeError> {
    if media.addresses.is_empty() {
        return Err(ServeError::NoMediaAddress);
    }
    let port = media.port.unwrap_or(tcp_port);
    PreparedForwarder::bind(&media.addresses, port, media.advertised)
        .map_err(|(address, error)| ServeError::Media(address, error))
}

/// Whether only this machine can reach the address.
fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// One TCP connection, from the handshake to the end. Faults of the client end it and no more.
async fn serve<S>(stream: S, tls: Option<Tls>, router: axum::Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(tls) = tls else { return serve_http(stream, router).await };
    let Ok(mut stream) = tls.connection().and_then(|ssl| SslStream::new(ssl, stream)) else {
        return;
    };
    if let Ok(Ok(())) = timeout(HANDSHAKE_TIME_MAX, Pin::new(&mut stream).accept()).await {
        serve_http(stream, router).await;
    }
}

async fn serve_http<S>(stream: S, router: axum::Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // A fault here is the client's, and it knows.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE_TIME_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades()
        .await;
}
