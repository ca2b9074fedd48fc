//! Candidates of the peer's, in descriptions and one by one (RFC 8839 section 5.1, RFC 8840, RFC
//! 9429 section 4.1.19). They wait until the session has the credentials that they belong to.

use std::collections::HashSet;
use std::fmt;
use std::net::SocketAddr;

use super::bundle;
use super::effects::RemoteCandidate;
use super::error::DescriptionFault as Fault;
use super::state::Jsep;
use super::transport;
use crate::candidate::{CandidateInit, CandidateKind, IceCandidate, REMOTE_CANDIDATES_MAX};
use crate::datagram::Protocol;
use crate::ids::Mid;
use crate::sdp::{Connection, Description, TransportAttributes};

/// Why a candidate is not taken. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CandidateFault {
    /// There is no such m-line.
    UnknownLine,
    /// As many wait as may.
    TooMany,
}

impl fmt::Display for CandidateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CandidateFault::UnknownLine => f.write_str("no such m-line"),
            CandidateFault::TooMany => write!(f, "{REMOTE_CANDIDATES_MAX} candidates wait already"),
        }
    }
}

impl std::error::Error for CandidateFault {}

impl Jsep {
    /// Takes a candidate of the peer's. It comes back when it can be used at once; else it waits
    /// for the description that it belongs to, and comes with the effects of that, or it is dropped
    /// as one of another generation.
    pub(crate) fn add_ice_candidate(
        &mut self,
        mut init: CandidateInit,
    ) -> Result<Option<RemoteCandidate>, CandidateFault> {
        let own = init.candidate.as_ref().and_then(|candidate| candidate.ufrag.clone());
        let described = self.remote_description();
        let latest = described.and_then(|d| transport::credentials(d)).map(|c| c.ufrag);
        if described.is_some() && self.place(&init).is_none() {
            return Err(CandidateFault::UnknownLine);
        }
        init.ufrag = own.or(init.ufrag).or(latest);
        let in_use = self.transport.as_ref().map(|transport| &transport.remote.credentials.ufrag);
        if init.ufrag.is_some() && init.ufrag.as_ref() == in_use {
            return Ok(self.released(&init));
        }
        if self.waiting.0.contains(&init) {
            return Ok(None);
        }
        if self.waiting.0.len() >= REMOTE_CANDIDATES_MAX {
            return Err(CandidateFault::TooMany);
        }
        self.waiting.0.push(init);
        Ok(None)
    }

    /// A candidate of ours, or the end of them, as it is to be signalled: for the m-line that
    /// carries the transport of all.
    pub(crate) fn signalled(&self, candidate: Option<IceCandidate>) -> CandidateInit {
        let described = self.local_description();
        let index = described.and_then(|described| bundle::carrier(described));
        let line = index.and_then(|index| self.lines.get(index));
        let own = candidate.as_ref().and_then(|candidate| candidate.ufrag.clone());
        let of_all = || transport::credentials(described?).map(|credentials| credentials.ufrag);
        CandidateInit {
            candidate,
            mid: line.filter(|line| line.named).map(|line| line.mid.as_str().to_owned()),
            index,
            ufrag: own.or_else(of_all),
        }
    }

    /// Those of a description wait with the others. What waits for another description than this
    /// one is dropped.
    pub(super) fn learn_candidates(&mut self, description: &Description) -> Result<(), Fault> {
        let in_use = self.transport.as_ref().map(|transport| &transport.remote.credentials.ufrag);
        let latest = transport::credentials(description).map(|credentials| credentials.ufrag);
        self.waiting.0.retain(|init| {
            init.ufrag.is_none() || init.ufrag == latest || init.ufrag.as_ref() == in_use
        });
        for init in described(description, latest.as_ref()) {
            if !self.waiting.0.contains(&init) {
                self.waiting.0.push(init);
            }
        }
        match self.waiting.0.len() {
            count if count > REMOTE_CANDIDATES_MAX => Err(Fault::TooManyCandidates(count)),
            _ => Ok(()),
        }
    }

    /// Those that the session can use, now that it has these credentials. The others wait on for
    /// the offer that is pending.
    pub(super) fn release_candidates(&mut self) -> Vec<RemoteCandidate> {
        let Some(transport) = &self.transport else { return Vec::new() };
        let ufrag = &transport.remote.credentials.ufrag;
        let usable = |init: &CandidateInit| init.ufrag.as_ref().is_none_or(|of_it| of_it == ufrag);
        let (usable, kept) = std::mem::take(&mut self.waiting.0).into_iter().partition(usable);
        self.waiting.0 = kept;
        let usable: Vec<CandidateInit> = usable;
        usable.iter().filter_map(|init| self.released(init)).collect()
    }

    /// The offer that they belong to was taken back.
    pub(super) fn forget_candidates(&mut self, offer: &Description) {
        let in_use = self.transport.as_ref().map(|transport| &transport.remote.credentials.ufrag);
        let gone = transport::credentials(offer).map(|credentials| credentials.ufrag);
        self.waiting.0.retain(|init| init.ufrag != gone || init.ufrag.as_ref() == in_use);
    }

    fn released(&self, init: &CandidateInit) -> Option<RemoteCandidate> {
        let mid = self.place(init).or_else(|| self.place(&CandidateInit::default()))?;
        let of_it = |candidate: &IceCandidate| IceCandidate {
            ufrag: init.ufrag.clone(),
            ..candidate.clone()
        };
        Some(RemoteCandidate { mid, candidate: init.candidate.as_ref().map(of_it) })
    }

    /// The m-line that it is for; the first that is in use where it names none.
    fn place(&self, init: &CandidateInit) -> Option<Mid> {
        let line = match (&init.mid, init.index) {
            (Some(mid), _) => self.lines.iter().find(|line| line.mid.as_str() == mid),
            (None, Some(index)) => self.lines.get(index),
            (None, None) => {
                self.lines.iter().find(|line| !line.free).or_else(|| self.lines.first())
            }
        };
        line.map(|line| line.mid)
    }
}

/// Those of a description, each once, with the end where it says that there are no more.
fn described(description: &Description, ufrag: Option<&String>) -> Vec<CandidateInit> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let mut ended = None;
    let lines = description.media.iter().map(|media| &media.transport).enumerate();
    let parts = lines.map(|(index, part)| (Some(index), part));
    for (index, part) in parts.chain([(None, &description.transport)]) {
        for candidate in &part.candidates {
            if seen.insert(candidate) {
                let own = candidate.ufrag.as_ref().or(part.ice_ufrag.as_ref()).or(ufrag);
                all.push(CandidateInit {
                    candidate: Some(candidate.clone()),
                    mid: None,
                    index,
                    ufrag: own.cloned(),
                });
            }
        }
        if part.end_of_candidates {
            ended = ended.or(Some(index));
        }
    }
    if let Some(index) = ended {
        let ufrag = ufrag.cloned();
        all.push(CandidateInit { candidate: None, mid: None, index, ufrag });
    }
    all
}

/// More candidates than are taken.
pub(super) fn check(description: &Description) -> Result<(), Fault> {
    let lines = description.media.iter().map(|media| &media.transport);
    let all = lines.chain([&description.transport]).flat_map(|part| &part.candidates);
    let count = all.collect::<HashSet<_>>().len();
    if count > REMOTE_CANDIDATES_MAX { Err(Fault::TooManyCandidates(count)) } else { Ok(()) }
}

/// Our description with these candidates, and their end where they are `complete`: they stand at
/// the m-line that carries the transport of all, whose port and address are those of the default
/// one (RFC 9429 section 5.2.1). Older stacks take ICE for unknown to a peer whose m-line names
/// none of its candidates (RFC 8839 section 5.2).
pub(crate) fn with_candidates(
    description: &Description,
    candidates: &[IceCandidate],
    complete: bool,
) -> Description {
    let mut description = description.clone();
    let taken = bundle::carrier(&description);
    if let Some(media) = taken.map(|index| &mut description.media[index]) {
        if let Some(default) = default_candidate(candidates) {
            let address_type = if default.is_ipv4() { "IP4" } else { "IP6" }.to_owned();
            media.port = default.port();
            media.connection = Some(Connection { address_type, address: default.ip().to_string() });
        }
        let TransportAttributes { ice_ufrag, candidates: place, end_of_candidates, .. } =
            &mut media.transport;
        let under = |candidate: &IceCandidate| IceCandidate {
            ufrag: ice_ufrag.clone(),
            ..candidate.clone()
        };
        *place = candidates.iter().map(under).collect();
        *end_of_candidates = complete;
    }
    description
}

/// The address that is most likely reached by a peer without ICE (RFC 8839 section 4.2.1.2): that
/// of a relay, else one that a server saw, else one of ours; IPv4 before IPv6.
fn default_candidate(candidates: &[IceCandidate]) -> Option<SocketAddr> {
    let rank = |kind: CandidateKind| match kind {
        CandidateKind::Relayed => 0,
        CandidateKind::ServerReflexive => 1,
        CandidateKind::Host | CandidateKind::PeerReflexive => 2,
    };
    let udp = candidates.iter().filter(|candidate| candidate.protocol == Protocol::Udp);
    let reached = udp.filter_map(|candidate| Some((candidate.kind, candidate.socket_addr()?)));
    let best = reached.min_by_key(|(kind, address)| (rank(*kind), address.is_ipv6()));
    best.map(|(_, address)| address).filter(|address| address.port() != 0)
}
