//! Why a transfer came to nothing.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use lapwing_rooms::client::PeerError;
use lapwing_rooms::protocol::data::CancelReason;
use lapwing_rooms::text::line;
use lapwing_rooms::transfer::SendEnd;

/// Why a transfer came to nothing.
#[derive(Debug)]
pub enum TransferError {
    /// The file or folder cannot be used.
    File(PathBuf, io::Error),
    /// The machine gives no sockets, threads or randomness.
    System(io::Error),
    /// No way into the room or to the other side.
    Peer(PeerError),
    /// Several are in the room, and it is not said who shall have the file; their names.
    Ambiguous(Vec<String>),
    /// The other side did not take it, or it broke off for good.
    Ended(SendEnd),
    /// Nothing happened for so long; what was waited for.
    Nothing(Duration, &'static str),
    /// A person here broke it off.
    Interrupted,
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransferError::File(path, _) => write!(f, "{} cannot be used", path.display()),
            TransferError::System(_) => f.write_str("the system does not give what is needed"),
            TransferError::Peer(error) => error.fmt(f),
            TransferError::Ambiguous(names) => write!(
                f,
                "several are in the room ({}); say with --to who shall have the file",
                line(&names.join(", "))
            ),
            TransferError::Ended(end) => ended(*end, f),
            TransferError::Nothing(span, what) => {
                write!(f, "gave up after {} s without {what}", span.as_secs())
            }
            TransferError::Interrupted => f.write_str("interrupted; what arrived is kept"),
        }
    }
}

impl std::error::Error for TransferError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TransferError::File(_, error) | TransferError::System(error) => Some(error),
            TransferError::Peer(error) => error.source(),
            _ => None,
        }
    }
}

fn ended(end: SendEnd, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(match end {
        SendEnd::Done => "the file arrived",
        SendEnd::Rejected(reason) => return write!(f, "{reason}"),
        SendEnd::Cancelled(CancelReason::Stopped) => "the receiver stopped the transfer",
        SendEnd::Cancelled(CancelReason::PeerLeft) => "the receiver left",
        SendEnd::Cancelled(CancelReason::Protocol) => {
            "the receiver or the server says that the protocol was broken"
        }
        SendEnd::Cancelled(CancelReason::Io) => "reading here or writing there failed",
        SendEnd::Spoiled => "the file arrived twice with a wrong SHA-256; is the file changing?",
        SendEnd::Misbehaved => "the receiver broke the protocol",
    })
}
