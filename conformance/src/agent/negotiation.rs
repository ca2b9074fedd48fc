//! What an exchange of descriptions leaves to be known.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use lapwing_engine::{CandidateKind, Direction, IceCandidate, Mid};
use serde_json::Value;

use super::lines::setup;

/// What an exchange leaves to be known.
#[derive(Default)]
pub(super) struct Negotiation {
    /// The request whose description waits for candidates.
    pub(super) waiting: Option<Value>,
    /// What we want of m-lines without a track of ours.
    pub(super) wanted: BTreeMap<Mid, Direction>,
    /// M-lines of the other side's that were stopped, and told so.
    pub(super) stopped: Vec<String>,
    /// The other side's candidates with an address.
    remote: BTreeMap<SocketAddr, CandidateKind>,
    /// The `a=setup` of the first answer, and whether it is ours.
    setup: Option<(String, bool)>,
}

impl Negotiation {
    /// The DTLS role that the answer gave us.
    pub(super) fn dtls_role(&self) -> Option<&'static str> {
        let (setup, ours) = self.setup.as_ref()?;
        Some(if (setup == "active") == *ours { "client" } else { "server" })
    }

    /// What an address of the other side is: one that it did not name was found by its checks.
    pub(super) fn remote_kind(&self, address: SocketAddr) -> String {
        let named = self.remote.get(&address);
        named.map_or_else(|| "prflx".to_owned(), ToString::to_string)
    }

    pub(super) fn note_candidate(&mut self, candidate: &IceCandidate) {
        if let Some(address) = candidate.socket_addr() {
            self.remote.insert(address, candidate.kind);
        }
    }

    pub(super) fn note_candidates(&mut self, sdp: &str) {
        let lines = sdp.lines().filter(|line| line.starts_with("a=candidate:"));
        lines.flat_map(IceCandidate::parse).for_each(|candidate| self.note_candidate(&candidate));
    }

    pub(super) fn note_answer(&mut self, sdp: &str, ours: bool) {
        if self.setup.is_none() {
            self.setup = setup(sdp).map(|setup| (setup.to_owned(), ours));
        }
    }
}
