//! Loss in bursts: the Gilbert-Elliott model.

use crate::nodes::{DropReason, Node, NodeCx};
use crate::packet::Packet;
use crate::random::Stream;

/// A good and a bad state, each with a loss rate of its own; the state may change with each packet.
#[derive(Debug)]
pub struct GilbertElliott {
    to_bad: f64,
    to_good: f64,
    loss_good: f64,
    loss_bad: f64,
    bad: bool,
    stream: Stream,
}

impl GilbertElliott {
    /// Four parameters: the chances to turn bad (p) and good (r) at a packet, and the loss rates of
    /// the good (1 - k) and the bad state (1 - h). It begins in the good state.
    pub fn new(to_bad: f64, to_good: f64, loss_good: f64, loss_bad: f64, stream: Stream) -> Self {
        GilbertElliott { to_bad, to_good, loss_good, loss_bad, bad: false, stream }
    }

    /// Two parameters (Gilbert): nothing is lost in the good state and all in the bad one. Bursts
    /// are `1 / to_good` packets long on average, and `to_bad / (to_bad + to_good)` of all packets
    /// are lost.
    pub fn gilbert(to_bad: f64, to_good: f64, stream: Stream) -> Self {
        GilbertElliott::new(to_bad, to_good, 0.0, 1.0, stream)
    }

    /// The share of packets lost in the long run.
    pub fn mean_loss(&self) -> f64 {
        let changes = self.to_bad + self.to_good;
        let bad = if changes > 0.0 { self.to_bad / changes } else { f64::from(self.bad) };
        bad * self.loss_bad + (1.0 - bad) * self.loss_good
    }
}

impl Node for GilbertElliott {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        let change = if self.bad { self.to_good } else { self.to_bad };
        self.bad ^= self.stream.chance(change);
        let loss = if self.bad { self.loss_bad } else { self.loss_good };
        if self.stream.chance(loss) {
            cx.drop(packet, DropReason::Loss);
        } else {
            cx.pass(packet);
        }
    }
}
