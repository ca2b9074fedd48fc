//! Which peers may be relayed to.
//!
//! A relay stands inside of some network, and its clients outside: unless it is told otherwise it
//! reaches for nothing that only the inside can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address_range::AddressRange;

/// Ranges of IPv4 that are refused unless they are allowed (RFC 6890, RFC 6598, RFC 5771).
const INSIDE_V4: &[AddressRange] = &[
    // "This network", which reaches the host itself.
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    // Between a provider and its customers.
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    // Link-local, where clouds tell machines their keys.
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    // Multicast; reserved, with broadcast.
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

/// Ranges of IPv6 that are refused unless they are allowed (RFC 6890). Those in which addresses of
/// IPv4 are wrapped are among them: they would lead around the ranges above, or in circles through
/// tunnels (RFC 8656 section 21.1.6).
const INSIDE_V6: &[AddressRange] = &[
    // The host itself, and addresses of IPv4 as they once were wrapped for tunnels.
    v6([0, 0], 96),
    v6_mapped(),
    v6([0x64, 0xff9b], 96),
    v6_local_translation(),
    v6([0x2001, 0], 32),
    v6([0x2002, 0], 16),
    // Unique local, link-local, the old site-local, multicast.
    v6([0xfc00, 0], 7),
    v6([0xfe80, 0], 10),
    v6([0xfec0, 0], 10),
    v6([0xff00, 0], 8),
];

const fn v4([a, b, c, d]: [u8; 4], bits: u32) -> AddressRange {
    AddressRange::prefix_v4(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6([a, b]: [u16; 2], bits: u32) -> AddressRange {
    AddressRange::prefix_v6(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), bits)
}

const fn v6_mapped() -> AddressRange {
    AddressRange::prefix_v6(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96)
}

const fn v6_local_translation() -> AddressRange {
    AddressRange::prefix_v6(Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48)
}

/// Which peers may be relayed to. What is allowed goes before what is denied, and both before the
/// ranges that are refused by themselves: the host itself, private, link-local, shared and unique
/// local networks, multicast, and wrappings of IPv4 in IPv6.
///
/// ```
/// use lapwing_engine::turn::server::PeerRules;
/// let mut rules = PeerRules::default();
/// assert!(!rules.allow("10.0.0.7".parse().unwrap()));
/// assert!(rules.allow("198.51.100.7".parse().unwrap()));
/// rules.allowed.push("10.0.0.0/24".parse().unwrap());
/// assert!(rules.allow("10.0.0.7".parse().unwrap()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerRules {
    /// Relayed to whatever else is said.
    pub allowed: Vec<AddressRange>,
    /// Not relayed to.
    pub denied: Vec<AddressRange>,
}

impl PeerRules {
    /// Whether peers of this address may be relayed to.
    pub fn allow(&self, peer: IpAddr) -> bool {
        let holds = |ranges: &[AddressRange]| ranges.iter().any(|range| range.contains(peer));
        let inside = if peer.is_ipv4() { INSIDE_V4 } else { INSIDE_V6 };
        holds(&self.allowed) || !(holds(&self.denied) || holds(inside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inside_is_refused_unless_it_is_allowed() {
        let rules = PeerRules::default();
        for inside in [
            "0.0.0.1",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::10.0.0.7",
            "::ffff:192.0.2.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2001::1",
            "2002:a00:1::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            let address: IpAddr = inside.parse().unwrap();
            assert!(!rules.allow(address), "{inside}");
            let allowed = vec![inside.parse().unwrap()];
            assert!(PeerRules { allowed, denied: Vec::new() }.allow(address), "{inside}");
        }
        for outside in ["1.1.1.1", "100.128.0.1", "172.32.0.1", "192.0.2.1", "2001:db8::1"] {
            let address: IpAddr = outside.parse().unwrap();
            assert!(rules.allow(address), "{outside}");
            let denied = vec![outside.parse().unwrap()];
            assert!(!PeerRules { allowed: Vec::new(), denied }.allow(address), "{outside}");
        }
    }
}
