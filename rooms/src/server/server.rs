//! The listening socket and its tasks.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};
use tokio_openssl::SslStream;

use super::accept::Accept;
use super::access::{AccessConfig, Gate};
use super::assets::PAGE;
use super::error::ServeError;
use super::http::{self, Remote, Site};
use super::listen::Listeners;
use super::log::Log;
use super::places::Places;
use super::relays::RelayAccess;
use super::shared::Shared;
use super::tls::{Tls, is_http};
use crate::forward::PreparedForwarder;
use crate::hub::{Entropy, HubConfig};
use crate::protocol::signalling::{IceServer, Mode};

/// How long a TLS handshake may take, and how long a request's head.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// How often the rooms look at their clocks.
const TICK: Duration = Duration::from_secs(1);

/// Bytes of a request's head, and of what is read at once: hyper's least.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// How long clients have to take their goodbye.
const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(3);

/// A pause after a failed accept, which means that the process has too many files open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Everything a server is started with.
#[derive(Debug)]
pub struct ServerConfig {
    /// Where to listen, on one port; port 0 takes any.
    pub listen: Vec<SocketAddr>,
    /// For https.
    pub tls: Option<Tls>,
    /// What the server does in a room for which nobody asked otherwise.
    pub mode: Mode,
    /// Handed to every client.
    pub ice_servers: Vec<IceServer>,
    /// Handed to every client, each with a name of its own.
    pub relays: Vec<RelayAccess>,
    /// For forwarding; without it every room is direct.
    pub media: Option<MediaConfig>,
    /// Take the page from here.
    pub web_dir: Option<PathBuf>,
    /// Who is told what happens.
    pub log: Log,
    /// Whether tests may steer the page.
    pub allow_control: bool,
    /// Who may come in.
    pub access: AccessConfig,
}

impl ServerConfig {
    /// Rooms for two, without TLS, on these addresses; nobody is told what happens.
    pub fn new(listen: Vec<SocketAddr>) -> Self {
        ServerConfig {
            listen,
            tls: None,
            mode: Mode::Direct,
            ice_servers: Vec::new(),
            relays: Vec::new(),
            media: None,
            web_dir: None,
            log: Log::silent(),
            allow_control: false,
            access: AccessConfig::default(),
        }
    }
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

/// A server that listens. It serves while [`Server::run`] runs.
#[derive(Debug)]
pub struct Server<L = Listeners> {
    listener: L,
    tls: Option<Tls>,
    site: Site,
    forwarder: Option<PreparedForwarder>,
    places: Places,
}

impl Server {
    /// Listens. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`ServeError::PlainHttp`] for an address that others can reach without TLS,
    /// [`ServeError::Listen`] when the address is taken or not ours.
    pub async fn bind(config: ServerConfig) -> Result<Self, ServeError> {
        let open = config.listen.iter().find(|address| !is_loopback(address.ip()));
        if let Some(address) = open.filter(|_| config.tls.is_none()) {
            return Err(ServeError::PlainHttp(*address));
        }
        let listener = Listeners::bind(&config.listen).await?;
        Server::on(listener, config, Entropy::system())
    }
}

impl<L: Accept> Server<L> {
    /// Serves on a listener, with ids and tokens from `entropy`.
    ///
    /// # Errors
    /// As [`Server::bind`], but for the address.
    pub fn on(listener: L, config: ServerConfig, entropy: Entropy) -> Result<Self, ServeError> {
        if let Some(folder) = &config.web_dir
            && !folder.join(PAGE).is_file()
        {
            return Err(ServeError::NoPage(folder.clone()));
        }
        let port = listener.local_addr().map_err(ServeError::Runtime)?.port();
        let forwarder = match config.media {
            Some(media) => Some(prepare(media, port)?),
            None => None,
        };
        let hub = HubConfig {
            mode: config.mode,
            can_forward: forwarder.is_some(),
            ice_servers: config.ice_servers,
            sockets_per_address: config.access.sockets_per_address,
        };
        let gate = Gate::new(&config.listen, config.tls.is_some(), &config.access);
        let shared = Arc::new(Shared::new(hub, config.log, entropy).with_relays(config.relays));
        let site = Site {
            shared,
            web_dir: config.web_dir,
            allow_control: config.allow_control,
            gate: Arc::new(gate),
        };
        let places = Places::new(config.access.sockets_per_address);
        Ok(Server { listener, tls: config.tls, site, forwarder, places })
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
    /// The operating system's, when the forwarder's thread cannot be started, and
    /// [`ServeError::Broken`] when a part of the server broke down for good.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        let shared = Arc::clone(&self.site.shared);
        let mut forwarding = None;
        if let Some(forwarder) = self.forwarder.take() {
            let rooms = Arc::clone(&shared);
            let tell = move |notice| rooms.with(|hub, now| hub.notice(notice, now));
            let (ended, end) = oneshot::channel();
            let handle = forwarder.start(tell, ended).map_err(ServeError::Runtime)?;
            shared.set_forward(Some(handle));
            forwarding = Some(end);
        }
        let mut tasks = JoinSet::new();
        let outcome = {
            let forwarding = async {
                match forwarding {
                    Some(end) => end.await.unwrap_or_else(|_| "its thread died".to_owned()),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop => Ok(()),
                fault = forwarding => Err(ServeError::Broken("forwarding", fault)),
                fault = self.accept(&mut tasks) => Err(fault),
            }
        };
        drop(self.listener);
        shared.with(|hub, _| hub.shut_down());
        let rest = async { while tasks.join_next().await.is_some() {} };
        // Whoever has not taken its goodbye by then is cut off.
        let _ = timeout(SHUTDOWN_TIME_MAX, rest).await;
        shared.set_forward(None);
        outcome
    }

    /// Takes connections for ever, until something is broken.
    async fn accept(&mut self, tasks: &mut JoinSet<()>) -> ServeError {
        let shared = Arc::clone(&self.site.shared);
        let router = http::router(self.site.clone());
        let mut ticks = interval(TICK);
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    if shared.is_broken() {
                        let fault = "a task panicked among the rooms".to_owned();
                        return ServeError::Broken("the rooms", fault);
                    }
                    shared.with(|hub, now| hub.tick(now));
                }
                Some(ended) = tasks.join_next() => {
                    if let Err(fault) = ended {
                        tracing::error!(%fault, "a connection ended by a fault of ours");
                    }
                }
                accepted = self.listener.accept() => {
                    let Ok((stream, from)) = accepted else {
                        sleep(ACCEPT_PAUSE).await;
                        continue;
                    };
                    // Beyond the limit the connection is dropped, which the client sees at once.
                    let Some(place) = self.places.take(from.ip()) else { continue };
                    let (tls, router) = (self.tls.clone(), router.clone());
                    let router = router.layer(Extension(Remote(from.ip())));
                    tasks.spawn(async move {
                        serve(stream, tls, router).await;
                        drop(place);
                    });
                }
            }
        }
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

/// The answer to plain http where https is spoken.
const USE_HTTPS: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n\
    connection: close\r\n\r\nThis port speaks https: use https:// in the address.\n";

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
    match timeout(HANDSHAKE_TIME_MAX, Pin::new(&mut stream).accept()).await {
        Ok(Ok(())) => serve_http(stream, router).await,
        Ok(Err(fault)) if is_http(&fault) => {
            // Whoever is gone already needs no answer.
            let _ = timeout(HANDSHAKE_TIME_MAX, send_to_https(stream.get_mut())).await;
        }
        Ok(Err(_)) | Err(_) => {}
    }
}

/// Answers a request of plain http, and reads the rest of it: with bytes unread, closing would take
/// the answer back.
async fn send_to_https(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    stream.write_all(USE_HTTPS).await?;
    stream.shutdown().await?;
    let mut rest = stream.take(HEAD_BYTES_MAX as u64);
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    Ok(())
}

async fn serve_http<S>(stream: S, router: axum::Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // A fault here is the client's, and it knows.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades()
        .await;
}

#[cfg(test)]
mod tests;
