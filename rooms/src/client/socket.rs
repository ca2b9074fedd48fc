//! The WebSocket to the server: TCP, TLS where the link says so, and the upgrade.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use openssl::ssl::SslStream;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

use super::certificate::Trust;
use super::error::ClientError;
use super::tls;
use super::url::RoomUrl;

/// How long an address may take to answer, and each step of the handshakes.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);

/// Largest message taken from the server. The largest that it sends is a description, which is
/// under a quarter of this.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Bytes that may wait to be sent. A server that takes so little is as good as gone.
const WRITE_BYTES_MAX: usize = 4 << 20;

/// What carries the WebSocket.
enum Stream {
    Plain(TcpStream),
    Tls(Box<SslStream<TcpStream>>),
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_ref(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.read(buffer),
            Stream::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.write(buffer),
            Stream::Tls(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(stream) => stream.flush(),
            Stream::Tls(stream) => stream.flush(),
        }
    }
}

/// A WebSocket that never blocks once it is open.
pub(super) struct Socket {
    inner: WebSocket<Stream>,
    /// Something waits until the peer takes more.
    unsent: bool,
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("unsent", &self.unsent).finish_non_exhaustive()
    }
}

impl Socket {
    /// Connects, blocking.
    pub(super) fn connect(url: &RoomUrl, trust: Trust) -> Result<Self, ClientError> {
        Self::try_connect(url, trust).map_err(|error| match error {
            ClientError::Tls(_) | ClientError::NoWebSocket(..) | ClientError::Refused(..) => {
                other_scheme(url, error)
            }
            other => other,
        })
    }

    fn try_connect(url: &RoomUrl, trust: Trust) -> Result<Self, ClientError> {
        let tcp = with_timeouts(url, connect_tcp(url)?)?;
        let stream = match url.secure {
            true => Stream::Tls(Box::new(tls::connect(url, tcp, trust)?)),
            false => Stream::Plain(tcp),
        };
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX))
            .max_write_buffer_size(WRITE_BYTES_MAX);
        let upgrade =
            tungstenite::client::client_with_config(url.websocket(), stream, Some(config));
        let (inner, _) = upgrade.map_err(|error| upgrade_error(url, &error))?;
        let tcp = inner.get_ref().tcp();
        tcp.set_nonblocking(true).map_err(|error| ClientError::unreachable(url, error))?;
        Ok(Socket { inner, unsent: false })
    }

    /// Sends a text, as far as it goes at once; [`Self::flush`] sends the rest.
    pub(super) fn send(&mut self, text: String) -> Result<(), ClientError> {
        self.inner.write(Message::text(text)).or_else(not_ready).map_err(lost)?;
        self.flush()
    }

    /// Sends what waits, as far as it goes at once.
    pub(super) fn flush(&mut self) -> Result<(), ClientError> {
        match self.inner.flush() {
            Ok(()) => self.unsent = false,
            Err(error) => {
                not_ready(error).map_err(lost)?;
                self.unsent = true;
            }
        }
        Ok(())
    }

    /// Whether to call [`Self::flush`] when the socket can be written.
    pub(super) fn has_unsent(&self) -> bool {
        self.unsent
    }

    /// The next text that is there. Pings are answered on the way; `Some("")` stands for a sign of
    /// life without text.
    pub(super) fn receive(&mut self) -> Result<Option<String>, ClientError> {
        match self.inner.read() {
            Ok(Message::Text(text)) => Ok(Some(text.as_str().to_owned())),
            Ok(_) => {
                self.unsent = true;
                Ok(Some(String::new()))
            }
            Err(error) => not_ready(error).map(|()| None).map_err(lost),
        }
    }

    /// Says goodbye.
    pub(super) fn close(&mut self) {
        // The server may be gone already, and then nobody misses the goodbye.
        let _ = self.inner.close(None);
        let _ = self.inner.flush();
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.get_ref().tcp().as_fd()
    }
}

/// Passes over "not now".
fn not_ready(error: tungstenite::Error) -> Result<(), tungstenite::Error> {
    match error {
        tungstenite::Error::Io(io) if io.kind() == io::ErrorKind::WouldBlock => Ok(()),
        other => Err(other),
    }
}

fn lost(error: tungstenite::Error) -> ClientError {
    match error {
        tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => {
            ClientError::Lost("the server closed it".to_owned())
        }
        other => ClientError::Lost(other.to_string()),
    }
}

/// Tries the host's addresses in turn.
fn connect_tcp(url: &RoomUrl) -> Result<TcpStream, ClientError> {
    let unresolved = |error| ClientError::Unresolved(url.host.clone(), error);
    let addresses = (url.host.as_str(), url.port).to_socket_addrs().map_err(unresolved)?;
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match TcpStream::connect_timeout(&address, CONNECT_TIME_MAX) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(ClientError::unreachable(url, last))
}

/// What is wrong when what answers does not speak as the link says: perhaps the other scheme.
fn other_scheme(url: &RoomUrl, error: ClientError) -> ClientError {
    let Ok(tcp) = connect_tcp(url).and_then(|tcp| with_timeouts(url, tcp)) else {
        return error;
    };
    let other = match url.secure {
        true => tls::is_plain_http(tcp),
        false => tls::is_spoken(url, tcp),
    };
    match other {
        true => ClientError::Scheme(Box::new(RoomUrl { secure: !url.secure, ..url.clone() })),
        false => error,
    }
}

fn with_timeouts(url: &RoomUrl, tcp: TcpStream) -> Result<TcpStream, ClientError> {
    let timeouts = tcp
        .set_read_timeout(Some(CONNECT_TIME_MAX))
        .and_then(|()| tcp.set_write_timeout(Some(CONNECT_TIME_MAX)))
        .and_then(|()| tcp.set_nodelay(true));
    timeouts.map_err(|error| ClientError::unreachable(url, error))?;
    Ok(tcp)
}

fn upgrade_error<S: Read + Write>(
    url: &RoomUrl,
    error: &tungstenite::HandshakeError<tungstenite::ClientHandshake<S>>,
) -> ClientError {
    use tungstenite::{Error, HandshakeError};
    match error {
        HandshakeError::Failure(Error::Http(response)) => {
            ClientError::Refused(url.authority(), response.status().as_u16())
        }
        HandshakeError::Failure(error) => {
            ClientError::NoWebSocket(url.authority(), error.to_string())
        }
        HandshakeError::Interrupted(_) => {
            ClientError::NoWebSocket(url.authority(), "it does not answer".to_owned())
        }
    }
}
