//! Why a server is of no use.

use std::fmt;
use std::net::SocketAddr;

/// Characters kept of what a server says about an error.
const REASON_CHARS_MAX: usize = 128;

/// Why a server did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerFault {
    /// No answer came.
    TimedOut,
    /// It answered with an error: its code (RFC 8489 section 14.8, RFC 8656 section 19) and what it
    /// says of it.
    Refused {
        /// From 300 to 699.
        code: u16,
        /// In its own words, cut where they are long.
        reason: String,
    },
    /// Name or password are not right: it refused a request that was signed with them.
    WrongCredentials,
    /// It sends us to another server.
    Redirected(SocketAddr),
    /// Its answer cannot be read, or lacks what it must have.
    Malformed,
    /// It knows the allocation no more.
    AllocationLost,
}

impl ServerFault {
    /// The code of what is no answer of a server (W3C `RTCPeerConnectionIceErrorEvent`).
    pub(crate) const UNREACHABLE: u16 = 701;

    pub(super) fn refused(code: u16, reason: &str) -> Self {
        let reason = reason.chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect();
        ServerFault::Refused { code, reason }
    }

    /// The code that the W3C's `icecandidateerror` has: that of the server, or 701 where it could
    /// not be reached.
    pub fn code(&self) -> u16 {
        match self {
            ServerFault::Refused { code, .. } => *code,
            ServerFault::WrongCredentials => 401,
            ServerFault::Redirected(_) => 300,
            ServerFault::AllocationLost => 437,
            ServerFault::TimedOut | ServerFault::Malformed => Self::UNREACHABLE,
        }
    }
}

impl fmt::Display for ServerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerFault::TimedOut => f.write_str("no answer"),
            ServerFault::Refused { code, reason } => write!(f, "{code} {reason}"),
            ServerFault::WrongCredentials => f.write_str("wrong user name or credential"),
            ServerFault::Redirected(to) => write!(f, "sent on to {to}"),
            ServerFault::Malformed => f.write_str("an answer that cannot be read"),
            ServerFault::AllocationLost => f.write_str("the allocation is gone"),
        }
    }
}

impl std::error::Error for ServerFault {}
