//! Checks that came before the exchange that they belong to: answered, and remembered until it is
//! complete (RFC 8445 section 7.3).

use std::net::SocketAddr;

use super::message::CheckRequest;
use crate::datagram::Protocol;

/// Ways that are remembered: as many as there may be pairs. More of them are not answered: the peer
/// repeats its checks, and the exchange may be complete by then.
const EARLY_MAX: usize = 100;

/// A check that came early.
#[derive(Clone, Debug)]
pub(super) struct EarlyCheck {
    pub(super) to_ufrag: String,
    pub(super) from_ufrag: String,
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) protocol: Protocol,
    pub(super) bytes: usize,
    pub(super) request: CheckRequest,
}

impl EarlyCheck {
    fn same_way(&self, other: &EarlyCheck) -> bool {
        self.source == other.source
            && self.destination == other.destination
            && self.protocol == other.protocol
            && self.to_ufrag == other.to_ufrag
            && self.from_ufrag == other.from_ufrag
    }
}

#[derive(Debug, Default)]
pub(super) struct EarlyChecks {
    checks: Vec<EarlyCheck>,
}

impl EarlyChecks {
    /// Remembers a check; of those that came the same way, the last one, and that it was nominated.
    /// False where there is no room.
    pub(super) fn remember(&mut self, mut check: EarlyCheck) -> bool {
        if let Some(known) = self.checks.iter_mut().find(|known| known.same_way(&check)) {
            check.request.use_candidate |= known.request.use_candidate;
            check.bytes += known.bytes;
            *known = check;
            return true;
        }
        let has_room = self.checks.len() < EARLY_MAX;
        if has_room {
            self.checks.push(check);
        }
        has_room
    }

    /// Takes those that carry these fragments, ours and the peer's.
    pub(super) fn take(&mut self, to_ufrag: &str, from_ufrag: &str) -> Vec<EarlyCheck> {
        let (taken, kept) = std::mem::take(&mut self.checks)
            .into_iter()
            .partition(|check| check.to_ufrag == to_ufrag && check.from_ufrag == from_ufrag);
        self.checks = kept;
        taken
    }

    /// Forgets those that are for this fragment of ours.
    pub(super) fn forget(&mut self, to_ufrag: &str) {
        self.checks.retain(|check| check.to_ufrag != to_ufrag);
    }

    pub(super) fn came_from(&self, source: SocketAddr, destination: SocketAddr) -> bool {
        self.checks.iter().any(|check| check.source == source && check.destination == destination)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.checks.len()
    }
}
