//! Remote candidates that hide behind a name, until it is resolved.

use std::net::{IpAddr, SocketAddr};

use crate::candidate::{CandidateAddress, IceCandidate};
use crate::socket::ResolveId;

/// Names that may wait for an answer. A browser sends one name per interface.
const PENDING_MAX: usize = 64;

/// Addresses taken per name.
const ADDRESSES_MAX: usize = 4;

/// Candidates whose name is being asked for.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    pending: Vec<(ResolveId, IceCandidate)>,
    next: u32,
}

impl Resolver {
    /// Keeps the candidate until its name is resolved; `None` when too many wait.
    pub(crate) fn ask(&mut self, candidate: IceCandidate) -> Option<ResolveId> {
        if self.pending.len() >= PENDING_MAX {
            return None;
        }
        let id = ResolveId(self.next);
        self.next += 1;
        self.pending.push((id, candidate));
        Some(id)
    }

    /// The candidates that an answer makes usable.
    pub(crate) fn resolved(&mut self, id: ResolveId, addresses: &[IpAddr]) -> Vec<IceCandidate> {
        let Some(index) = self.pending.iter().position(|(pending, _)| *pending == id) else {
            return Vec::new();
        };
        let (_, candidate) = self.pending.remove(index);
        let CandidateAddress::Name(_, port) = candidate.address else { return Vec::new() };
        let usable = addresses.iter().take(ADDRESSES_MAX).map(|ip| IceCandidate {
            address: CandidateAddress::Address(SocketAddr::new(*ip, port)),
            ..candidate.clone()
        });
        usable.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_used_once() {
        let line = "candidate:2 1 udp 2113937151 a-name.local 5000 typ host";
        let named = IceCandidate::parse(line).expect("a valid line");
        let mut resolver = Resolver::default();
        let id = resolver.ask(named.clone()).expect("room for one");
        let address: IpAddr = "192.0.2.7".parse().expect("an address");
        let usable = resolver.resolved(id, &[address]);
        assert_eq!(usable[0].socket_addr(), Some(SocketAddr::new(address, 5000)));
        assert_eq!(resolver.resolved(id, &[address]), []);
        let asked = (0..100).filter_map(|_| resolver.ask(named.clone())).count();
        assert_eq!(asked, PENDING_MAX);
    }
}
