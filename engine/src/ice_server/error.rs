//! What is wrong with a server that an application names.

use std::fmt;

use super::url::IceUrlError;

/// Why a server is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IceServerError {
    /// A URL cannot be read (W3C `SyntaxError`).
    Url(IceUrlError),
    /// There is no URL (W3C `SyntaxError`).
    NoUrl,
    /// A relay without a name or a password (W3C `InvalidAccessError`); its URL.
    NoCredentials(String),
    /// A name or a password of more bytes than a server takes (RFC 8489 section 14.3).
    CredentialsTooLong(usize),
    /// More servers, or URLs of one, than are taken; how many are.
    TooMany(usize),
}

impl fmt::Display for IceServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IceServerError::Url(error) => error.fmt(f),
            IceServerError::NoUrl => f.write_str("an ICE server without a URL"),
            IceServerError::NoCredentials(url) => {
                write!(f, "{url} is a relay and needs a user name and a credential")
            }
            IceServerError::CredentialsTooLong(bytes) => {
                write!(f, "a user name or credential of {bytes} bytes; at most 508 are taken")
            }
            IceServerError::TooMany(max) => write!(f, "more than {max} ICE servers or URLs"),
        }
    }
}

impl std::error::Error for IceServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            IceServerError::Url(error) => Some(error),
            _ => None,
        }
    }
}

impl From<IceUrlError> for IceServerError {
    fn from(error: IceUrlError) -> Self {
        IceServerError::Url(error)
    }
}
