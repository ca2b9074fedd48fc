//! When two hosts can reach each other without a relay: answered from the boxes' behaviour alone.

use crate::middlebox::Dependence::{
    AddressAndPortDependent as Port, EndpointIndependent as Nothing,
};
use crate::middlebox::{
    Allowed, Dependence, FilterScope, FirewallConfig, Hairpin, NatConfig, PortAssignment,
};

/// A box on the way from a host to the public network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A NAT.
    Nat(NatConfig),
    /// A NAT64. Hosts behind it have IPv6 only and turn the IPv4 addresses that they are told into
    /// those of its prefix; hosts behind none have IPv4 only. There is at most one on a way.
    Nat64(NatConfig),
    /// A firewall.
    Firewall(FirewallConfig),
}

/// True when ICE finds a direct UDP path between two hosts (RFC 8445), each of which knows its own
/// address and, from a STUN server in the public network, its outermost reflexive one, and both of
/// which know all four.
///
/// `a` and `b` are the boxes on each host's own way, from the host outwards; `shared` those that
/// both ways then have in common. NATs are taken to have addresses enough, paired pooling and state
/// that lives long enough; hosts use different ports, so that port overloading confuses nobody.
///
/// Between two hosts with IPv6 no packet is translated, so only firewalls count. Between a host
/// behind a NAT64 and one with IPv4, it is a NAT like others, and what NATs there are further in
/// see no IPv4.
///
/// The rules, for ways as a whole:
///
/// - Both mappings independent of the remote: each sends to where the other really is; all filters
///   open. Yes.
/// - One dependent: its host shows up from a port that nobody told. Yes, unless a filter of the
///   other asks for the port.
/// - Both dependent: the first packet comes from an untold port to a mapping that was made for the
///   STUN server, so each box must either share permissions among remotes, by mapping alike for all
///   of them, or ask for nothing; and no filter on the other way may ask for the port, for the
///   answer comes from an untold one, too. If both mappings depend on the port as well, each answer
///   comes from yet another port, and no check is ever answered from where it was sent to: No.
///
/// ```
/// use lapwing_simnet::middlebox::{Dependence, NatConfig, Obstacle, direct_path_possible};
/// let home = NatConfig::new(["198.51.100.1".parse().unwrap()]);
/// let carrier = NatConfig {
///     mapping: Dependence::AddressAndPortDependent,
///     filtering: Dependence::AddressAndPortDependent,
///     ..home.clone()
/// };
/// let [home, carrier] = [home, carrier].map(|nat| [Obstacle::Nat(nat)]);
/// assert!(direct_path_possible(&home, &carrier, &[]));
/// assert!(!direct_path_possible(&carrier, &carrier, &[]));
/// ```
pub fn direct_path_possible(a: &[Obstacle], b: &[Obstacle], shared: &[Obstacle]) -> bool {
    match [a, b].map(|way| has_nat64(way) || has_nat64(shared)) {
        [false, false] => possible(a, b, shared),
        [true, true] => {
            let [a, b, shared] = [a, b, shared].map(firewalls);
            possible(&a, &b, &shared)
        }
        // One of them alone is behind a NAT64, so they do not share one.
        [true, false] | [false, true] => {
            let [a, b] = [a, b].map(from_nat64_on);
            possible(&a, &b, shared)
        }
    }
}

fn has_nat64(way: &[Obstacle]) -> bool {
    way.iter().any(|obstacle| matches!(obstacle, Obstacle::Nat64(_)))
}

/// The boxes of a way that act on IPv6.
fn firewalls(way: &[Obstacle]) -> Vec<Obstacle> {
    let is_firewall = |obstacle: &&Obstacle| matches!(obstacle, Obstacle::Firewall(_));
    way.iter().filter(is_firewall).cloned().collect()
}

/// A way without the NATs that lie within its outermost NAT64, and that see no IPv4.
fn from_nat64_on(way: &[Obstacle]) -> Vec<Obstacle> {
    let is_nat64 = |obstacle: &Obstacle| matches!(obstacle, Obstacle::Nat64(_));
    let outermost = way.iter().rposition(is_nat64).unwrap_or(0);
    [firewalls(&way[..outermost]), way[outermost..].to_vec()].concat()
}

fn possible(a: &[Obstacle], b: &[Obstacle], shared: &[Obstacle]) -> bool {
    let (near_a, near_b) = (Way::over(a), Way::over(b));
    if near_a.blocked || near_b.blocked {
        return false;
    }
    let outer = Way::over(shared);
    if !outer.has_nat && !outer.blocked {
        // Reflexive addresses are known, and mean something where the two ways meet.
        return meet(near_a, near_b);
    }
    let inside = match (near_a.has_nat, near_b.has_nat) {
        (false, false) => true,
        // The host without a NAT is known by its own address; the other shows up from an address
        // that nobody told.
        (true, false) => near_b.admits_anyone,
        (false, true) => near_a.admits_anyone,
        (true, true) => false,
    };
    let Some(turn) = turning_point(shared) else {
        return inside;
    };
    let outer_to_turn = Way::over(&shared[..=turn]);
    inside || !outer.blocked && meet(near_a.and(outer_to_turn), near_b.and(outer_to_turn))
}

/// All boxes of a way together.
#[derive(Clone, Copy)]
struct Way {
    /// The most dependent mapping.
    mapping: Dependence,
    /// The most demanding filter.
    filtering: Dependence,
    has_nat: bool,
    blocked: bool,
    /// A packet to the reflexive address passes if it comes from an address that was sent to,
    /// whatever its port.
    admits_address: bool,
    /// The same, if boxes further in map each remote to an endpoint of its own, so that permissions
    /// are not shared.
    admits_anyone: bool,
}

impl Way {
    fn over(obstacles: &[Obstacle]) -> Way {
        let open = Way::through(Nothing, Nothing);
        obstacles.iter().map(Way::from).fold(open, Way::and)
    }

    fn through(mapping: Dependence, filtering: Dependence) -> Way {
        let admits_anyone = filtering == Nothing;
        Way {
            mapping,
            filtering,
            has_nat: false,
            blocked: false,
            admits_address: if mapping == Nothing { filtering != Port } else { admits_anyone },
            admits_anyone,
        }
    }

    /// This way, and then further out the other.
    fn and(self, outer: Way) -> Way {
        let shares = self.mapping == Nothing;
        let outer_admits = if shares { outer.admits_address } else { outer.admits_anyone };
        Way {
            mapping: self.mapping.max(outer.mapping),
            filtering: self.filtering.max(outer.filtering),
            has_nat: self.has_nat || outer.has_nat,
            blocked: self.blocked || outer.blocked,
            admits_address: self.admits_address && outer_admits,
            admits_anyone: self.admits_anyone && outer.admits_anyone,
        }
    }
}

impl From<&Obstacle> for Way {
    fn from(obstacle: &Obstacle) -> Way {
        match obstacle {
            Obstacle::Nat(nat) | Obstacle::Nat64(nat) => {
                let mapping = match nat.ports {
                    // All mappings of an endpoint look the same from outside.
                    PortAssignment::Overload => Nothing,
                    _ => nat.mapping,
                };
                let way = Way::through(mapping, nat.filtering);
                // What was sent to through any mapping may send to the reflexive address.
                let shares = nat.filter_scope == FilterScope::Endpoint && nat.filtering != Port;
                let admits_address = way.admits_address || shares;
                Way { has_nat: true, admits_address, ..way }
            }
            Obstacle::Firewall(firewall) => {
                let blocked = firewall.udp != Allowed::All;
                Way { blocked, ..Way::through(Nothing, firewall.filtering) }
            }
        }
    }
}

/// Two hosts whose outermost addresses are known and routable to each other.
fn meet(a: Way, b: Way) -> bool {
    let opens = |first: Way, other: Way| first.admits_address && other.filtering != Port;
    match (a.mapping, b.mapping) {
        (Nothing, Nothing) => true,
        (_, Nothing) => b.admits_address,
        (Nothing, _) => a.admits_address,
        (Port, Port) => false,
        _ => opens(a, b) || opens(b, a),
    }
}

/// Where a packet to the outermost reflexive address is turned round: at the outermost NAT, if it
/// hairpins.
fn turning_point(shared: &[Obstacle]) -> Option<usize> {
    let hairpin = |obstacle: &Obstacle| match obstacle {
        Obstacle::Nat(nat) | Obstacle::Nat64(nat) => Some(nat.hairpin),
        Obstacle::Firewall(_) => None,
    };
    let outermost = shared.iter().rposition(|obstacle| hairpin(obstacle).is_some())?;
    (hairpin(&shared[outermost]) == Some(Hairpin::ExternalSource)).then_some(outermost)
}
