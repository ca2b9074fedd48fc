//! Independent random loss.

use crate::nodes::{DropReason, Node, NodeCx};
use crate::packet::Packet;
use crate::random::Stream;

/// Loses each packet with the same probability (Bernoulli; RFC 8868 section 4.4).
#[derive(Debug)]
pub struct Loss {
    probability: f64,
    stream: Stream,
}

impl Loss {
    /// A loss rate between 0 and 1.
    pub fn new(probability: f64, stream: Stream) -> Self {
        Loss { probability, stream }
    }

    /// Changes the loss rate of later packets.
    pub fn set(&mut self, probability: f64) {
        self.probability = probability;
    }
}

impl Node for Loss {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        if self.stream.chance(self.probability) {
            cx.drop(packet, DropReason::Loss);
        } else {
            cx.pass(packet);
        }
    }
}
