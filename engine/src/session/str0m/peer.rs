//! The peer under its credentials: where it may be, and where it was heard.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::candidate::{CandidateError, CandidateKind, IceCandidate, REMOTE_CANDIDATES_MAX};
use crate::session::agreed::IceCredentials;

/// What is known of the peer since its credentials are.
#[derive(Clone, Debug, Default)]
pub(super) struct Peer {
    pub(super) credentials: Option<IceCredentials>,
    /// Addresses of the peer's candidates under these credentials, with what they are.
    candidates: BTreeMap<SocketAddr, CandidateKind>,
    /// Addresses that authentic checks came from under these credentials. The library remembers
    /// each.
    heard: BTreeSet<SocketAddr>,
}

impl Peer {
    /// The peer under these credentials. Where they are not those that it had, it begins anew.
    pub(super) fn under(&self, credentials: IceCredentials) -> Peer {
        match &self.credentials {
            Some(before) if *before != credentials => {
                Peer { credentials: Some(credentials), ..Peer::default() }
            }
            _ => Peer { credentials: Some(credentials), ..self.clone() },
        }
    }

    pub(super) fn password(&self) -> Option<&str> {
        self.credentials.as_ref().map(|credentials| credentials.password.as_str())
    }

    /// A candidate of this user fragment belongs to another generation.
    pub(super) fn is_foreign(&self, candidate: &IceCandidate) -> bool {
        let ours = self.credentials.as_ref().map(|credentials| &credentials.ufrag);
        candidate.ufrag.is_some() && candidate.ufrag.as_ref() != ours
    }

    /// A candidate of the peer's is to be added.
    pub(super) fn note_candidate(
        &mut self,
        address: SocketAddr,
        kind: CandidateKind,
    ) -> Result<(), CandidateError> {
        let is_known = self.candidates.contains_key(&address);
        if self.candidates.len() >= REMOTE_CANDIDATES_MAX && !is_known {
            return Err(CandidateError::TooMany);
        }
        self.candidates.entry(address).or_insert(kind);
        Ok(())
    }

    /// What the peer signalled of this address.
    pub(super) fn kind_of(&self, address: SocketAddr) -> CandidateKind {
        self.candidates.get(&address).copied().unwrap_or(CandidateKind::PeerReflexive)
    }

    /// A check from this address may be looked at: one that is authentic was, or there is room.
    pub(super) fn hears(&self, source: SocketAddr) -> bool {
        self.heard.len() < REMOTE_CANDIDATES_MAX || self.heard.contains(&source)
    }

    /// A check from this address was authentic.
    pub(super) fn heard(&mut self, source: SocketAddr) {
        if self.hears(source) {
            self.heard.insert(source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(ufrag: &str) -> IceCredentials {
        IceCredentials { ufrag: ufrag.to_owned(), password: "p".repeat(24) }
    }

    fn address(port: usize) -> SocketAddr {
        format!("192.0.2.1:{port}").parse().expect("an address")
    }

    #[test]
    fn new_credentials_begin_anew() {
        let mut peer = Peer::default().under(credentials("abcd"));
        peer.note_candidate(address(1), CandidateKind::Relayed).expect("the first");
        assert_eq!(peer.under(credentials("abcd")).kind_of(address(1)), CandidateKind::Relayed);
        let anew = peer.under(credentials("efgh"));
        assert_eq!(anew.kind_of(address(1)), CandidateKind::PeerReflexive);
    }

    #[test]
    fn memory_is_bounded() {
        let mut peer = Peer::default();
        for port in 1..=REMOTE_CANDIDATES_MAX {
            peer.note_candidate(address(port), CandidateKind::Host).expect("there is room");
            peer.heard(address(port));
        }
        let more = address(REMOTE_CANDIDATES_MAX + 1);
        assert_eq!(peer.note_candidate(more, CandidateKind::Host), Err(CandidateError::TooMany));
        assert_eq!(peer.note_candidate(address(1), CandidateKind::Host), Ok(()));
        assert!(!peer.hears(more) && peer.hears(address(1)));
    }
}
