//! Names of entries.

use std::fmt;

use serde::Serialize;

use crate::candidate::{CandidateAddress, IceCandidate};
use crate::ids::{ChannelId, Mid, PayloadType, Rid, Ssrc};

/// Names an entry of a report (`RTCStats.id`), for others to refer to it. It stays the same for as
/// long as what it names; what it looks like may change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct StatsId(String);

impl fmt::Display for StatsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Local,
    Remote,
}

impl Side {
    const fn name(self) -> &'static str {
        match self {
            Side::Local => "local",
            Side::Remote => "remote",
        }
    }
}

/// Which way a stream goes, or who tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Inbound,
    Outbound,
    RemoteInbound,
    RemoteOutbound,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Role::Inbound => "inbound",
            Role::Outbound => "outbound",
            Role::RemoteInbound => "remote-inbound",
            Role::RemoteOutbound => "remote-outbound",
        }
    }
}

/// A stream by its m-line, its layer and its source, as far as there are any.
pub(super) type StreamName = (Mid, Option<Rid>, Option<Ssrc>);

impl StatsId {
    pub(super) fn peer_connection() -> Self {
        StatsId("peer-connection".to_owned())
    }

    pub(super) fn transport() -> Self {
        StatsId("transport".to_owned())
    }

    pub(super) fn certificate(side: Side) -> Self {
        StatsId(format!("certificate-{}", side.name()))
    }

    pub(super) fn candidate(side: Side, candidate: &IceCandidate) -> Self {
        let address = match &candidate.address {
            CandidateAddress::Address(address) => address.to_string(),
            CandidateAddress::Name(name, port) => format!("{name}:{port}"),
        };
        let IceCandidate { protocol, kind, .. } = candidate;
        StatsId(format!("candidate-{}-{kind}-{protocol}-{address}", side.name()))
    }

    pub(super) fn pair(number: u32) -> Self {
        StatsId(format!("pair-{number}"))
    }

    pub(super) fn codec(role: Role, mid: Mid, number: PayloadType) -> Self {
        StatsId(format!("codec-{}-{mid}-{}", role.name(), number.0))
    }

    pub(super) fn stream(role: Role, (mid, rid, ssrc): StreamName) -> Self {
        let mut name = format!("{}-{mid}", role.name());
        if let Some(rid) = rid {
            name.push_str(&format!("-{rid}"));
        }
        if let Some(ssrc) = ssrc {
            name.push_str(&format!("-{}", ssrc.0));
        }
        StatsId(name)
    }

    pub(super) fn channel(id: ChannelId) -> Self {
        StatsId(format!("data-channel-{}", id.0))
    }
}
