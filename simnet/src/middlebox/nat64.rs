//! A NAT64 (RFC 6146) with the well-known prefix of RFC 6052, and the names' side of it, DNS64
//! (RFC 6147).
//!
//! 1. A packet from inside to an address of the prefix leaves as IPv4, from an outside endpoint of
//!    the box.
//! 2. An IPv4 packet for an outside endpoint goes in as IPv6, from the address of the prefix that
//!    stands for its sender.
//! 3. All other IPv6 packets pass as they are: what is native needs no translation.
//!
//! Mappings and filters are those of [`Nat`]. An IPv6 header is 20 bytes longer than one of IPv4,
//! so packets grow on the way in, and the MTU of a report shrinks or grows with them (RFC 7915
//! sections 4.2 and 5.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use crate::middlebox::{Dependence, Hairpin, Nat, NatConfig, NatTimeouts};
use crate::net::{Middlebox, Side, Verdict};
use crate::nodes::{DropReason, PacketTooBig};
use crate::packet::Packet;
use crate::random::Stream;
use crate::time::Time;

/// The first 96 bits of `64:ff9b::/96` (RFC 6052 section 2.1).
const PREFIX: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];

/// How much longer an IPv6 header is than one of IPv4.
const HEADER_DIFFERENCE: u32 = 20;

/// The IPv6 address under which a NAT64 shows an IPv4 host: what a DNS64 answers for names that
/// have IPv4 addresses only, and what a host that has found the prefix makes of an IPv4 address
/// itself (RFC 7050).
///
/// ```
/// use lapwing_simnet::middlebox::{dns64, v4_of_dns64};
/// let web = "192.0.2.33".parse().unwrap();
/// assert_eq!(dns64(web).to_string(), "64:ff9b::c000:221");
/// assert_eq!(v4_of_dns64(dns64(web)), Some(web));
/// assert_eq!(v4_of_dns64("2001:db8::1".parse().unwrap()), None);
/// ```
pub fn dns64(v4: Ipv4Addr) -> Ipv6Addr {
    let [a, b, c, d, e, f] = PREFIX;
    let [high, low] = [v4.to_bits() >> 16, v4.to_bits() & 0xffff].map(|half| half as u16);
    Ipv6Addr::new(a, b, c, d, e, f, high, low)
}

/// The IPv4 address that an address of the prefix stands for; `None` for other addresses.
pub fn v4_of_dns64(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = v6.segments();
    let [high, low] = [segments[6], segments[7]].map(u32::from);
    (segments[..6] == PREFIX).then(|| Ipv4Addr::from_bits(high << 16 | low))
}

/// A NAT64 and its mappings.
#[derive(Debug)]
pub struct Nat64 {
    nat: Nat,
    config: NatConfig,
}

impl Nat64 {
    /// What RFC 6146 asks for, with these outside addresses: endpoint-independent mapping
    /// (section 3.5.1.1), address-dependent filtering (allowed by section 3.5.1, recommended by RFC
    /// 4787), UDP mappings of 5 minutes (section 4).
    pub fn config(addresses: impl IntoIterator<Item = IpAddr>) -> NatConfig {
        let timeouts = NatTimeouts { udp: Duration::from_secs(300), ..NatTimeouts::default() };
        NatConfig { timeouts, filtering: Dependence::AddressDependent, ..NatConfig::new(addresses) }
    }

    /// A NAT64 without mappings. `stream` chooses random ports.
    ///
    /// # Panics
    /// Without an outside address, or with one that is not of IPv4.
    pub fn new(config: NatConfig, stream: Stream) -> Self {
        let all_v4 = config.addresses.iter().all(IpAddr::is_ipv4);
        assert!(all_v4, "outside of a NAT64 is IPv4");
        Nat64 { nat: Nat::new(config.clone(), stream), config }
    }

    /// The mappings, to look at or to forget.
    pub fn nat_mut(&mut self) -> &mut Nat {
        &mut self.nat
    }

    /// Makes an IPv4 packet of one from inside.
    fn go_out(&mut self, packet: &mut Packet, to: Ipv4Addr, now: Time) -> Result<(), DropReason> {
        // Such packets would go round for ever (RFC 6146 section 3.5).
        if v4_of(packet.source()).is_some() {
            return Err(DropReason::Filtered);
        }
        packet.set_destination(SocketAddr::new(to.into(), packet.destination().port()));
        self.nat.go_out(packet, now)?;
        PacketTooBig::adapt(packet, |mtu| mtu.saturating_sub(HEADER_DIFFERENCE));
        Ok(())
    }

    /// Makes an IPv6 packet of one from outside.
    fn come_in(&mut self, packet: &mut Packet, now: Time) -> Result<(), DropReason> {
        let IpAddr::V4(remote) = packet.source().ip() else {
            return Err(DropReason::NoMapping);
        };
        self.nat.come_in(packet, now)?;
        packet.set_source(SocketAddr::new(dns64(remote).into(), packet.source().port()));
        PacketTooBig::adapt(packet, |mtu| mtu.saturating_add(HEADER_DIFFERENCE));
        Ok(())
    }

    fn translate(&mut self, packet: &mut Packet, from: Side, now: Time) -> Result<(), DropReason> {
        match (from, v4_of(packet.destination())) {
            (Side::Inside, Some(to)) if self.config.addresses.contains(&to.into()) => {
                if self.config.hairpin == Hairpin::Refused {
                    return Err(DropReason::Filtered);
                }
                self.go_out(packet, to, now)?;
                self.come_in(packet, now)
            }
            (Side::Inside, Some(to)) => self.go_out(packet, to, now),
            // The prefix belongs to the box: nobody outside may use it.
            (Side::Outside, Some(_)) => Err(DropReason::NoRoute),
            (Side::Inside, None) if packet.destination().is_ipv4() => Err(DropReason::NoRoute),
            (Side::Outside, None) if packet.destination().is_ipv4() => self.come_in(packet, now),
            (Side::Inside | Side::Outside, None) => Ok(()),
        }
    }
}

fn v4_of(address: SocketAddr) -> Option<Ipv4Addr> {
    match address.ip() {
        IpAddr::V6(v6) => v4_of_dns64(v6),
        IpAddr::V4(_) => None,
    }
}

impl Middlebox for Nat64 {
    fn process(&mut self, mut packet: Box<Packet>, from: Side, _: Side, now: Time) -> Verdict {
        match self.translate(&mut packet, from, now) {
            Ok(()) => Verdict::Forward(packet),
            Err(reason) => Verdict::Drop(packet, reason),
        }
    }

    /// IPv6 addresses inside are native and known outside.
    fn hides(&self, inside: IpAddr) -> bool {
        inside.is_ipv4()
    }
}
