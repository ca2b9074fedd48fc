//! What may be sent to a peer that has not shown to be where it is said to be.
//!
//! A lite agent sends no checks, so any address that a check seems to come from is a path to it.
//! Until the handshake is over, what goes there is at most three times of what came from there, as
//! in QUIC (RFC 9000 section 8.1). A full agent sends where its own check was answered.

use super::session::OwnSession;

/// Bytes out for each that came.
const TIMES_MAX: u64 = 3;

impl OwnSession {
    /// Whether so many bytes of the handshake may go out.
    pub(super) fn may_greet(&mut self, bytes: usize) -> bool {
        // Who has to begin, as the peer will not, has no other way.
        let begins = self.handshake.client == Some(true);
        if !self.config.ice_lite || begins || self.handshake.is_done() {
            return true;
        }
        let remote = self.checks.path().map(|(_, remote)| remote);
        let Some(checks) = remote.and_then(|remote| self.checks.agent.traffic(remote)) else {
            return false;
        };
        let unproven = &mut self.handshake.unproven;
        let limit = (checks.received + unproven.received) * TIMES_MAX;
        let sent = unproven.sent + bytes as u64;
        let may = checks.sent + sent <= limit;
        if may {
            unproven.sent = sent;
        }
        may
    }
}
