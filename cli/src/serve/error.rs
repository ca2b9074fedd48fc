//! Why a server cannot run.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use openssl::error::ErrorStack;

/// Why `lapwing serve` stops, or does not start.
#[derive(Debug)]
pub enum ServeError {
    /// Plain http on an address that others can reach.
    PlainHttp(SocketAddr),
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
    /// The address cannot be used for media.
    Media(SocketAddr, io::Error),
    /// No address for media is known.
    NoMediaAddress,
    /// Certificate or key cannot be used.
    Certificate(PathBuf, ErrorStack),
    /// OpenSSL cannot make a certificate or a context.
    Tls(ErrorStack),
    /// The runtime cannot be started.
    Runtime(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::PlainHttp(address) => write!(
                f,
                "{address} can be reached from outside, and browsers give cameras only to https: \
                 add --self-signed, or --cert and --key, or listen on 127.0.0.1"
            ),
            ServeError::Listen(address, _) => {
                write!(f, "cannot listen on {address}; choose another with --listen")
            }
            ServeError::Media(address, _) => {
                write!(
                    f,
                    "cannot use UDP {address} for media; choose with --media and --media-port"
                )
            }
            ServeError::NoMediaAddress => f.write_str(
                "no address for media is known: name one with --media, or use --mode direct",
            ),
            ServeError::Certificate(path, _) => {
                write!(f, "cannot use {} as certificate or key in PEM", path.display())
            }
            ServeError::Tls(_) => f.write_str("cannot set TLS up"),
            ServeError::Runtime(_) => f.write_str("cannot start"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ServeError::PlainHttp(_) | ServeError::NoMediaAddress => None,
            ServeError::Listen(_, error)
            | ServeError::Media(_, error)
            | ServeError::Runtime(error) => Some(error),
            ServeError::Certificate(_, error) | ServeError::Tls(error) => Some(error),
        }
    }
}
