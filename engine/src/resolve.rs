//! Names of servers and of remote candidates that hide behind one, until they are resolved.

use std::net::IpAddr;

use crate::candidate::IceCandidate;
use crate::gather::ServerId;
use crate::socket::ResolveId;

/// Names that may wait for an answer. A browser sends one name per interface.
const PENDING_MAX: usize = 64;

/// Addresses taken per name.
const ADDRESSES_MAX: usize = 4;

/// Whose name is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// A candidate's of the peer.
    Candidate(IceCandidate),
    /// A server's.
    Server(ServerId),
}

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// Candidates that can be used now.
    Candidates(Vec<IceCandidate>),
    /// A server.
    Server(ServerId),
}

/// Names that are being asked for.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    pending: Vec<(ResolveId, Asked)>,
    next: u32,
}

impl Resolver {
    /// Keeps it until its name is resolved; `None` when too many wait.
    pub(crate) fn ask(&mut self, asked: Asked) -> Option<ResolveId> {
        if self.pending.len() >= PENDING_MAX {
            return None;
        }
        let id = ResolveId(self.next);
        self.next += 1;
        self.pending.push((id, asked));
        Some(id)
    }

    /// What an answer is for; nothing where nobody asked.
    pub(crate) fn resolved(&mut self, id: ResolveId, addresses: &[IpAddr]) -> Option<Resolved> {
        let index = self.pending.iter().position(|(pending, _)| *pending == id)?;
        let candidate = match self.pending.remove(index).1 {
            Asked::Server(server) => return Some(Resolved::Server(server)),
            Asked::Candidate(candidate) => candidate,
        };
        let usable = &addresses[..addresses.len().min(ADDRESSES_MAX)];
        Some(Resolved::Candidates(candidate.at(usable).collect()))
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[test]
    fn an_answer_is_used_once() {
        let line = "candidate:2 1 udp 2113937151 a-name.local 5000 typ host";
        let named = IceCandidate::parse(line).expect("a valid line");
        let mut resolver = Resolver::default();
        let asked = Asked::Candidate(named.clone());
        let id = resolver.ask(asked.clone()).expect("room for one");
        let address: IpAddr = "192.0.2.7".parse().expect("an address");
        let Some(Resolved::Candidates(usable)) = resolver.resolved(id, &[address]) else {
            panic!("the candidate can be used")
        };
        assert_eq!(usable[0].socket_addr(), Some(SocketAddr::new(address, 5000)));
        assert_eq!(resolver.resolved(id, &[address]), None);
        let asked = (0..100).filter_map(|_| resolver.ask(asked.clone())).count();
        assert_eq!(asked, PENDING_MAX);
    }
}
