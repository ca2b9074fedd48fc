//! A datagram of RTCP, taken apart (RFC 3550 section 6.1, RFC 5506).

use super::error::{RtcpFault, RtcpFaults};
use super::kind::Packet;
use super::raw::RawPacket;
use super::report::{RECEIVER_REPORT, SENDER_REPORT};

/// The packets of a datagram, one after the other.
///
/// A packet whose contents are damaged is left out; where the next one cannot be found, the rest
/// is. [`Self::faults`] tells how much that was.
#[derive(Clone, Debug)]
pub struct Compound<'a> {
    rest: &'a [u8],
    full: bool,
    faults: RtcpFaults,
}

impl<'a> Compound<'a> {
    /// A datagram that begins with an RTCP packet. The error is for one in which nothing can be
    /// read.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RtcpFault> {
        let (first, _) = RawPacket::split_first(bytes)?;
        let full = matches!(first.packet_type(), SENDER_REPORT | RECEIVER_REPORT);
        Ok(Compound { rest: bytes, full, faults: RtcpFaults::default() })
    }

    /// It begins with a report, as RFC 3550 section 6.1 has it; else it is of reduced size (RFC
    /// 5506).
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// What was left out so far.
    pub fn faults(&self) -> RtcpFaults {
        self.faults
    }
}

impl<'a> Iterator for Compound<'a> {
    type Item = Packet<'a>;

    fn next(&mut self) -> Option<Packet<'a>> {
        while !self.rest.is_empty() {
            let raw = match RawPacket::split_first(self.rest) {
                Ok((raw, rest)) => {
                    self.rest = rest;
                    raw
                }
                Err(fault) => {
                    self.rest = &[];
                    self.faults.add(fault);
                    break;
                }
            };
            match Packet::view(raw) {
                Ok(packet) => return Some(packet),
                Err(fault) => self.faults.add(fault),
            }
        }
        None
    }
}
