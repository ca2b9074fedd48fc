//! Links that carry packets only up to a size.

use std::net::SocketAddr;

use crate::nodes::{DropReason, Node, NodeCx};
use crate::packet::{EcnField, IpProtocol, Packet, PacketSpec};

/// Drops packets that are larger than the MTU; with a report, the sender is told (RFC 1191,
/// RFC 8201).
#[derive(Clone, Copy, Debug)]
pub struct Mtu {
    bytes: u32,
    report: bool,
}

impl Mtu {
    /// Packets up to `bytes` pass, IP header included. Without `report` the link is a black hole
    /// for larger ones.
    pub const fn new(bytes: u32, report: bool) -> Self {
        Mtu { bytes, report }
    }
}

impl Node for Mtu {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        if packet.wire_bytes() <= u64::from(self.bytes) {
            return cx.pass(packet);
        }
        if self.report && packet.protocol() != IpProtocol::Icmp {
            let report = PacketTooBig { mtu: self.bytes, destination: packet.destination() };
            let transmit = PacketSpec {
                source: packet.destination(),
                destination: packet.source(),
                protocol: IpProtocol::Icmp,
                ecn: EcnField::NotEct,
                payload: report.to_bytes(),
                padding: 0,
            };
            cx.reply(Box::new(Packet::new(packet.id(), cx.now(), transmit)));
        }
        cx.drop(packet, DropReason::TooBig);
    }
}

/// The ICMP message "packet too big", in the form this simulator gives it.
///
/// It arrives as a packet with protocol ICMP at the port that the dropped packet came from; its
/// source is where that packet should have gone, so that NATs on the way can map it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketTooBig {
    /// The largest IP packet that passes, in bytes.
    pub mtu: u32,
    /// Where the dropped packet should have gone.
    pub destination: SocketAddr,
}

const TAG: &[u8; 4] = b"ptb:";

impl PacketTooBig {
    fn to_bytes(self) -> Vec<u8> {
        [TAG.as_slice(), &self.mtu.to_be_bytes()].concat()
    }

    /// Rewrites the MTU in an ICMP packet, as a box does that makes packets longer or shorter.
    /// Other packets stay as they are.
    pub(crate) fn adapt(packet: &mut Packet, mtu: impl FnOnce(u32) -> u32) {
        if let Some(report) = PacketTooBig::parse(packet) {
            let bytes = PacketTooBig { mtu: mtu(report.mtu), ..report }.to_bytes();
            packet.edit_payload(|payload| *payload = bytes);
        }
    }

    /// Reads the message of an ICMP packet; `None` for any other packet.
    pub fn parse(packet: &Packet) -> Option<Self> {
        let mtu = packet.payload().strip_prefix(TAG)?.try_into().ok().map(u32::from_be_bytes)?;
        let icmp = packet.protocol() == IpProtocol::Icmp;
        icmp.then_some(PacketTooBig { mtu, destination: packet.source() })
    }
}
