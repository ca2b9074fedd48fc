//! A broken box: it drops a kind of packets that it should pass, and tells nobody.

use std::net::IpAddr;

use crate::net::{Middlebox, Side, Verdict};
use crate::nodes::DropReason;
use crate::packet::{IpProtocol, Packet};
use crate::time::Time;

/// What is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eater {
    /// Nothing, for the time being.
    Nothing,
    /// UDP, both ways.
    Udp,
    /// All of IPv6: there is an address, and it leads nowhere.
    Six,
    /// Success answers of STUN that come in, but those from this port: checks go out and come in,
    /// and are never answered.
    Answers {
        /// The port of servers, whose answers pass.
        except_from: u16,
    },
}

/// Type of a Binding success (RFC 8489 section 5).
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];

impl Eater {
    fn eats(self, packet: &Packet, from: Side) -> bool {
        match self {
            Eater::Nothing => false,
            Eater::Udp => packet.protocol() == IpProtocol::Udp,
            Eater::Six => packet.destination().is_ipv6(),
            Eater::Answers { except_from } => {
                from == Side::Outside
                    && packet.protocol() == IpProtocol::Udp
                    && packet.source().port() != except_from
                    && packet.payload().starts_with(&BINDING_SUCCESS)
            }
        }
    }
}

impl Middlebox for Eater {
    fn process(&mut self, packet: Box<Packet>, from: Side, _: Side, _: Time) -> Verdict {
        if self.eats(&packet, from) {
            Verdict::Drop(packet, DropReason::Filtered)
        } else {
            Verdict::Forward(packet)
        }
    }

    fn hides(&self, _: IpAddr) -> bool {
        false
    }
}
