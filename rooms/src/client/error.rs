//! What can go wrong on the way into a room and in it.

use std::fmt;
use std::io;

use super::certificate::BadCertificate;
use super::secret::PASSWORD_VARIABLE;
use super::url::RoomUrl;
use crate::protocol::signalling::{ErrorCode, ErrorMessage};
use crate::text::line;

/// Why there is no connection to a room's server, or not any more.
#[derive(Debug)]
pub enum ClientError {
    /// The host's name has no address.
    Unresolved(String, io::Error),
    /// Nobody answers at that address.
    Unreachable(String, io::Error),
    /// TLS failed.
    Tls(String),
    /// The certificate is not trusted.
    Certificate(Box<BadCertificate>),
    /// The server speaks the other one of http and https; the room's link as it should be.
    Scheme(Box<RoomUrl>),
    /// The server speaks HTTP and refuses the WebSocket; its status.
    Refused(String, u16),
    /// What answers speaks no WebSocket.
    NoWebSocket(String, String),
    /// The socket was lost.
    Lost(String),
    /// The server gave no sign of life for too long.
    Silent,
    /// The server says no.
    Server(ErrorMessage),
    /// Another program took the seat.
    Ended,
}

impl ClientError {
    pub(super) fn unreachable(url: &RoomUrl, error: io::Error) -> Self {
        ClientError::Unreachable(url.authority(), error)
    }

    /// Whether to come back by oneself would only repeat it (`docs/signalling.md`, "Errors").
    pub fn is_final(&self) -> bool {
        match self {
            ClientError::Server(error) => matches!(
                error.code,
                ErrorCode::BadVersion
                    | ErrorCode::BadRoom
                    | ErrorCode::BadName
                    | ErrorCode::RoomFull
                    | ErrorCode::Replaced
                    | ErrorCode::PasswordRequired
                    | ErrorCode::WrongPassword
                    | ErrorCode::NotAdmitted
            ),
            ClientError::Ended => true,
            _ => false,
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Unresolved(host, _) => {
                write!(f, "the name {host:?} has no address; check the link")
            }
            ClientError::Unreachable(at, _) => write!(
                f,
                "no server answers at {at}; is `lapwing serve` running there, and the port right?"
            ),
            ClientError::Tls(text) => write!(f, "TLS failed: {}", line(text)),
            ClientError::Certificate(bad) => f.write_str(&line(&bad.to_string())),
            ClientError::Scheme(url) => {
                let scheme = if url.secure { "https" } else { "http" };
                write!(f, "this server speaks {scheme}; use {url}")
            }
            ClientError::Refused(at, status) => {
                write!(f, "the server at {at} refuses the room with HTTP status {status}")
            }
            ClientError::NoWebSocket(at, text) => {
                write!(f, "what answers at {at} is no lapwing server: {}", line(text))
            }
            ClientError::Lost(text) => {
                write!(f, "the connection to the server was lost: {}", line(text))
            }
            ClientError::Silent => f.write_str("the server has been silent for too long"),
            ClientError::Server(error) => {
                write!(f, "the server says: {} {}", line(&error.message), line(&error.hint))?;
                match error.code {
                    ErrorCode::PasswordRequired | ErrorCode::WrongPassword => {
                        write!(f, " Give it with --password or {PASSWORD_VARIABLE}.")
                    }
                    _ => Ok(()),
                }
            }
            ClientError::Ended => f.write_str("signalling has ended"),
        }
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ClientError::Unresolved(_, error) | ClientError::Unreachable(_, error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::is_control;

    #[test]
    fn a_hostile_server_does_not_reach_the_terminal() {
        let hostile: String =
            ('\0'..='\u{9f}').chain("\u{202e}\u{2066}\u{200f}\u{61c}".chars()).collect();
        let said = |code| {
            let (message, hint) = (hostile.clone(), hostile.clone());
            ClientError::Server(ErrorMessage { code, message, hint, fatal: true })
        };
        for error in [
            said(ErrorCode::RoomFull),
            said(ErrorCode::WrongPassword),
            ClientError::Tls(hostile.clone()),
            ClientError::NoWebSocket("127.0.0.1:1".to_owned(), hostile.clone()),
            ClientError::Lost(hostile.clone()),
        ] {
            let words = error.to_string();
            assert!(!words.chars().any(is_control), "{words:?}");
        }
    }
}
