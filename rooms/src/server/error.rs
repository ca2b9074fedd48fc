//! Why a server cannot run.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use openssl::error::ErrorStack;

use super::tls::FileFault;

/// Why a server stops, or does not start.
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
    /// A name to listen on stands for no address.
    Unresolved(String, io::Error),
    /// A folder for the page holds none.
    NoPage(PathBuf),
    /// Certificate or key cannot be used.
    Certificate(PathBuf, FileFault),
    /// The folder for what is kept cannot be used.
    State(PathBuf, io::Error),
    /// OpenSSL cannot make a certificate or a context.
    Tls(ErrorStack),
    /// The runtime cannot be started.
    Runtime(io::Error),
    /// A part of the running server broke down for good, by a fault of ours: which one, and how.
    Broken(&'static str, String),
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
            ServeError::Unresolved(host, _) => {
                write!(f, "{host:?} has no address to listen on; choose another with --listen")
            }
            ServeError::NoPage(folder) => {
                write!(f, "there is no index.html in the folder {}", folder.display())
            }
            ServeError::Certificate(path, fault) => {
                write!(f, "cannot use {} for https: {fault}", path.display())
            }
            ServeError::State(folder, _) => {
                write!(f, "cannot keep anything in the folder {}", folder.display())
            }
            ServeError::Tls(_) => f.write_str("cannot set TLS up"),
            ServeError::Runtime(_) => f.write_str("cannot start"),
            ServeError::Broken(part, how) => {
                write!(f, "{part} broke down by a fault in this program ({how}); start it again")
            }
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ServeError::PlainHttp(_)
            | ServeError::NoMediaAddress
            | ServeError::NoPage(_)
            | ServeError::Certificate(..)
            | ServeError::Broken(..) => None,
            ServeError::Listen(_, error)
            | ServeError::Media(_, error)
            | ServeError::Unresolved(_, error)
            | ServeError::State(_, error)
            | ServeError::Runtime(error) => Some(error),
            ServeError::Tls(error) => Some(error),
        }
    }
}
