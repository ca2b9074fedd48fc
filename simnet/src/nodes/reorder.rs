//! Packets that are overtaken.

use std::time::Duration;

use crate::nodes::{Node, NodeCx};
use crate::packet::Packet;
use crate::random::Stream;

/// Holds some packets back, so that later ones overtake them.
#[derive(Debug)]
pub struct Reorder {
    probability: f64,
    hold: Duration,
    stream: Stream,
}

impl Reorder {
    /// Holds packets back for `hold` with this probability.
    pub fn new(probability: f64, hold: Duration, stream: Stream) -> Self {
        Reorder { probability, hold, stream }
    }
}

impl Node for Reorder {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        if self.stream.chance(self.probability) {
            cx.pass_at(cx.now() + self.hold, packet);
        } else {
            cx.pass(packet);
        }
    }
}
