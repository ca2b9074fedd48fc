//! Packets that arrive damaged: what a bad checksum offload or a broken box lets through.

use crate::nodes::{Node, NodeCx};
use crate::packet::Packet;
use crate::random::Stream;

/// A kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corruption {
    /// One bit of the payload is wrong.
    BitFlip,
    /// The end of the payload is missing: a random number of bytes is left.
    Truncate,
}

/// Damages some packets. A packet without payload stays whole.
#[derive(Debug)]
pub struct Corrupt {
    kind: Corruption,
    probability: f64,
    stream: Stream,
}

impl Corrupt {
    /// Damages packets with this probability.
    pub fn new(kind: Corruption, probability: f64, stream: Stream) -> Self {
        Corrupt { kind, probability, stream }
    }
}

impl Node for Corrupt {
    fn accept(&mut self, mut packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        let length = packet.payload().len() as u64;
        if self.stream.chance(self.probability) && length > 0 {
            match self.kind {
                Corruption::BitFlip => {
                    let bit = self.stream.below(length * 8) as usize;
                    packet.edit_payload(|bytes| bytes[bit / 8] ^= 1 << (bit % 8));
                }
                Corruption::Truncate => {
                    let left = self.stream.below(length) as usize;
                    packet.edit_payload(|bytes| bytes.truncate(left));
                }
            }
        }
        cx.pass(packet);
    }
}
