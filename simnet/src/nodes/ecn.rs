//! What links do to the ECN bits.

use crate::nodes::{Node, NodeCx};
use crate::packet::{EcnField, Packet};
use crate::random::Stream;

/// Marks some of the packets that can be marked, as a congested queue would.
#[derive(Debug)]
pub struct EcnMark {
    probability: f64,
    stream: Stream,
}

impl EcnMark {
    /// Marks with this probability.
    pub fn new(probability: f64, stream: Stream) -> Self {
        EcnMark { probability, stream }
    }
}

impl Node for EcnMark {
    fn accept(&mut self, mut packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        if self.stream.chance(self.probability) && packet.ecn().is_capable() {
            packet.set_ecn(EcnField::Ce);
        }
        cx.pass(packet);
    }
}

/// Clears the ECN bits of every packet, as old boxes do.
#[derive(Clone, Copy, Debug, Default)]
pub struct EcnBleach;

impl Node for EcnBleach {
    fn accept(&mut self, mut packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        packet.set_ecn(EcnField::NotEct);
        cx.pass(packet);
    }
}
