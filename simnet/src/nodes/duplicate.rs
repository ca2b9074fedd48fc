//! Packets that arrive twice.

use std::time::Duration;

use crate::nodes::{Node, NodeCx};
use crate::packet::Packet;
use crate::random::Stream;

/// Sends a copy after some packets.
#[derive(Debug)]
pub struct Duplicate {
    probability: f64,
    after: Duration,
    stream: Stream,
}

impl Duplicate {
    /// Doubles packets with this probability; the copy follows `after` the original.
    pub fn new(probability: f64, after: Duration, stream: Stream) -> Self {
        Duplicate { probability, after, stream }
    }
}

impl Node for Duplicate {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        let copy = self.stream.chance(self.probability).then(|| packet.clone());
        cx.pass(packet);
        if let Some(copy) = copy {
            cx.pass_at(cx.now() + self.after, copy);
        }
    }
}
