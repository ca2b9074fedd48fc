//! What is wrong with what came over a stream.

use std::fmt;

use crate::socket::SocketFault;

/// Why a stream is of no more use. The connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamFault {
    /// The tunnel is not asked for: its authority is none that a request can carry.
    Authority,
    /// The proxy gives no tunnel, with this status code.
    Refused(u16),
    /// The proxy answered with something else than HTTP/1.
    NotHttp,
    /// The proxy's answer has more bytes than [`ANSWER_BYTES_MAX`](super::ANSWER_BYTES_MAX).
    AnswerTooLong,
    /// What came is neither a STUN message nor channel data.
    NotStun,
}

impl From<StreamFault> for SocketFault {
    fn from(fault: StreamFault) -> Self {
        match fault {
            StreamFault::Refused(status) => SocketFault::ProxyRefused(status),
            StreamFault::NotHttp | StreamFault::AnswerTooLong => SocketFault::ProxyAnswer,
            StreamFault::NotStun => SocketFault::Closed,
            StreamFault::Authority => SocketFault::Other,
        }
    }
}

impl fmt::Display for StreamFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            StreamFault::Refused(status) => {
                return write!(f, "the proxy gave no tunnel: {status}");
            }
            StreamFault::Authority => "no authority for a tunnel",
            StreamFault::NotHttp => "the proxy did not answer with HTTP",
            StreamFault::AnswerTooLong => "the proxy's answer does not end",
            StreamFault::NotStun => "neither STUN nor channel data",
        };
        f.write_str(text)
    }
}

impl std::error::Error for StreamFault {}
