//! A socket that was asked for, and what becomes of it.

use std::net::SocketAddr;

use crate::socket::SocketFault;

/// Where a socket that was asked for stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Asked,
    Bound(SocketAddr),
    Failed,
}

/// What an answer changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Opened(SocketAddr),
    /// It was open at this address, and is no more.
    Lost(SocketAddr),
}

impl Phase {
    /// Takes an answer: the first one counts, and after it a failure. One that failed stays so.
    pub(super) fn take(&mut self, opened: Result<SocketAddr, SocketFault>) -> Option<Change> {
        let before = *self;
        match (before, opened) {
            (Phase::Asked, Ok(local)) => {
                *self = Phase::Bound(local);
                Some(Change::Opened(local))
            }
            (Phase::Asked | Phase::Bound(_), Err(_)) => {
                *self = Phase::Failed;
                before.bound().map(Change::Lost)
            }
            (Phase::Bound(_), Ok(_)) | (Phase::Failed, _) => None,
        }
    }

    /// The address of one that is open.
    pub(super) fn bound(self) -> Option<SocketAddr> {
        match self {
            Phase::Bound(local) => Some(local),
            Phase::Asked | Phase::Failed => None,
        }
    }
}
