//! A 1:1 NAT: each inside address has an outside address of its own, and ports stay as they are.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use crate::net::{Middlebox, Side, Verdict};
use crate::nodes::DropReason;
use crate::packet::Packet;
use crate::time::Time;

/// Pairs of addresses, without state and without a filter: the "elastic" addresses of clouds.
///
/// It hairpins with the external source. To filter, put a [`crate::middlebox::Firewall`] behind it.
#[derive(Clone, Debug, Default)]
pub struct OneToOne {
    outside: BTreeMap<IpAddr, IpAddr>,
    inside: BTreeMap<IpAddr, IpAddr>,
}

impl OneToOne {
    /// Pairs of an inside and an outside address; the NAT's outside interface must have the latter.
    pub fn new(pairs: impl IntoIterator<Item = (IpAddr, IpAddr)>) -> Self {
        let mut nat = OneToOne::default();
        for (inside, outside) in pairs {
            nat.outside.insert(inside, outside);
            nat.inside.insert(outside, inside);
        }
        nat
    }
}

impl Middlebox for OneToOne {
    fn process(&mut self, mut packet: Box<Packet>, from: Side, to: Side, _: Time) -> Verdict {
        let (source, destination) = (packet.source(), packet.destination());
        let target = self.inside.get(&destination.ip()).copied();
        if from == Side::Inside && (to == Side::Outside || target.is_some()) {
            let Some(outside) = self.outside.get(&source.ip()) else {
                return Verdict::Drop(packet, DropReason::NoMapping);
            };
            packet.set_source(SocketAddr::new(*outside, source.port()));
        }
        match (target, from) {
            (Some(inside), _) => {
                packet.set_destination(SocketAddr::new(inside, destination.port()));
                Verdict::Forward(packet)
            }
            (None, Side::Inside) => Verdict::Forward(packet),
            (None, Side::Outside) => Verdict::Drop(packet, DropReason::NoMapping),
        }
    }

    fn hides(&self, inside: IpAddr) -> bool {
        self.outside.contains_key(&inside)
    }
}
