//! Priorities of candidates and pairs (RFC 8445 sections 5.1.2 and 6.1.2.3, RFC 6544 section 4.2,
//! RFC 8421).

use std::net::SocketAddr;

use crate::candidate::CandidateKind;
use crate::datagram::Protocol;

/// Highest local preference.
pub const LOCAL_PREFERENCE_MAX: u16 = 65_535;

/// The role that a TCP candidate plays when the connection is made (RFC 6544 section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpType {
    /// It connects.
    Active,
    /// It listens.
    Passive,
    /// It does both at once.
    SimultaneousOpen,
}

impl TcpType {
    /// The value of `tcptype`.
    pub const fn name(self) -> &'static str {
        match self {
            TcpType::Active => "active",
            TcpType::Passive => "passive",
            TcpType::SimultaneousOpen => "so",
        }
    }

    /// Reads the value of `tcptype`.
    pub fn parse(text: &str) -> Option<TcpType> {
        match text {
            "active" => Some(TcpType::Active),
            "passive" => Some(TcpType::Passive),
            "so" => Some(TcpType::SimultaneousOpen),
            _ => None,
        }
    }
}

/// Preference of a kind of candidate. TCP comes behind UDP of the same kind, as RFC 6544 section
/// 4.2 asks for; the figures are those of RFC 8445 section 5.1.2.2 and of browsers.
pub const fn type_preference(kind: CandidateKind, protocol: Protocol) -> u32 {
    match (kind, protocol) {
        (CandidateKind::Host, Protocol::Udp) => 126,
        (CandidateKind::PeerReflexive, Protocol::Udp) => 110,
        (CandidateKind::ServerReflexive, Protocol::Udp) => 100,
        (CandidateKind::Host, _) => 90,
        (CandidateKind::PeerReflexive, _) => 80,
        (CandidateKind::ServerReflexive, _) => 70,
        (CandidateKind::Relayed, Protocol::Udp) => 2,
        (CandidateKind::Relayed, Protocol::Tcp) => 1,
        (CandidateKind::Relayed, Protocol::Tls) => 0,
    }
}

/// The priority of a candidate for component 1.
pub const fn candidate_priority(
    kind: CandidateKind,
    protocol: Protocol,
    local_preference: u16,
) -> u32 {
    (type_preference(kind, protocol) << 24) | ((local_preference as u32) << 8) | 255
}

/// The local preference of the candidate that comes after `same` others of its kind and family:
/// IPv6 and IPv4 take turns, IPv6 first (RFC 8421 section 4).
pub fn local_preference(address: SocketAddr, same: usize) -> u16 {
    let behind = 2 * same + usize::from(address.is_ipv4());
    let behind = u16::try_from(behind).unwrap_or(LOCAL_PREFERENCE_MAX);
    LOCAL_PREFERENCE_MAX - behind
}

/// The local preference of a TCP candidate: its direction goes before all else (RFC 6544 section
/// 4.2).
pub fn tcp_local_preference(kind: CandidateKind, tcp_type: TcpType, other: u16) -> u16 {
    let direction = match (kind, tcp_type) {
        (CandidateKind::Host, TcpType::Active) => 6,
        (CandidateKind::Host, TcpType::Passive) => 4,
        (CandidateKind::Host, TcpType::SimultaneousOpen) => 2,
        (_, TcpType::SimultaneousOpen) => 6,
        (_, TcpType::Active) => 4,
        (_, TcpType::Passive) => 2,
    };
    (direction << 13) | (other >> 3)
}

/// What a check from a candidate of this priority would be worth as peer reflexive (RFC 8445
/// section 7.1.1): the PRIORITY attribute.
pub(super) const fn as_peer_reflexive(priority: u32, protocol: Protocol) -> u32 {
    (type_preference(CandidateKind::PeerReflexive, protocol) << 24) | (priority & 0x00ff_ffff)
}

/// RFC 8445 section 6.1.2.3. `controlling` is the priority of the controlling side's candidate.
pub(super) fn pair_priority(controlling: u32, controlled: u32) -> u64 {
    let (g, d) = (u64::from(controlling), u64::from(controlled));
    // Below 2^64 for all priorities that are allowed, which are below 2^31.
    (g.min(d) << 32).saturating_add(2 * g.max(d) + u64::from(g > d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_are_those_of_the_specification() {
        // RFC 8445 section 15's host candidate, for one address of the machine.
        assert_eq!(candidate_priority(CandidateKind::Host, Protocol::Udp, 65_535), 2_130_706_431);
        let base = candidate_priority(CandidateKind::Host, Protocol::Udp, 1);
        assert_eq!(as_peer_reflexive(base, Protocol::Udp), (110 << 24) | (1 << 8) | 255);
    }

    #[test]
    fn both_sides_order_pairs_alike() {
        assert_eq!(pair_priority(2, 1), (1 << 32) + 4 + 1);
        assert_eq!(pair_priority(1, 2), (1 << 32) + 4);
        assert_eq!(pair_priority(u32::MAX, u32::MAX), u64::MAX, "nor does a peer break it");
    }

    #[test]
    fn families_take_turns() {
        let v4: SocketAddr = "192.0.2.1:1".parse().unwrap();
        let v6: SocketAddr = "[2001:db8::1]:1".parse().unwrap();
        let order = [(v6, 0), (v4, 0), (v6, 1), (v4, 1)].map(|(a, n)| local_preference(a, n));
        assert_eq!(order, [65_535, 65_534, 65_533, 65_532]);
        assert_eq!(local_preference(v4, 1_000_000), 0);
    }

    #[test]
    fn udp_goes_before_tcp_and_tcp_by_direction() {
        let kinds = [CandidateKind::Host, CandidateKind::ServerReflexive, CandidateKind::Relayed];
        for kind in kinds {
            assert!(type_preference(kind, Protocol::Udp) > type_preference(kind, Protocol::Tcp));
        }
        let [active, passive, so] = [TcpType::Active, TcpType::Passive, TcpType::SimultaneousOpen]
            .map(|tcp_type| tcp_local_preference(CandidateKind::Host, tcp_type, 65_535));
        assert!(active > passive && passive > so);
        assert_eq!(active, (6 << 13) + 8_191);
    }
}
