//! Packet delay variation as RFC 8868 section 4.5 defines it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::nodes::{Node, NodeCx};
use crate::packet::Packet;
use crate::random::Stream;
use crate::time::Time;

/// The distribution of RFC 8868 section 4.5.3: `|max(min(N(0, std^2), n_std * std), -n_std *
/// std)|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JitterConfig {
    /// Deviation of the Gaussian.
    pub std: Duration,
    /// Where it is cut, in deviations.
    pub n_std: f64,
    /// A further bound on the delay.
    pub max: Duration,
}

impl Default for JitterConfig {
    /// The recommended 5 ms and 3; at most 30 ms (RFC 8867 section 4.2).
    fn default() -> Self {
        let (std, max) = (Duration::from_millis(5), Duration::from_millis(30));
        JitterConfig { std, n_std: 3.0, max }
    }
}

/// Delays each packet by a random, bounded time.
#[derive(Debug)]
pub struct Jitter {
    config: JitterConfig,
    order: Order,
    stream: Stream,
}

#[derive(Debug)]
enum Order {
    /// RBPDV (section 4.5.1): packets may overtake each other.
    Free,
    /// NR-BPDV (section 4.5.2): within a flow, none leaves before the one ahead.
    Kept(BTreeMap<u64, Ahead>),
}

/// The last packet of a flow.
#[derive(Clone, Copy, Debug)]
struct Ahead {
    came: Time,
    leaves: Time,
}

/// Flows remembered before those that hold nothing back any more are forgotten.
const FLOWS_BEFORE_SWEEP: usize = 1_024;

impl Jitter {
    /// RBPDV: it reorders.
    pub fn reordering(config: JitterConfig, stream: Stream) -> Self {
        Jitter { config, order: Order::Free, stream }
    }

    /// NR-BPDV: the order within each flow is kept. A packet that would have overtaken follows the
    /// one ahead as closely as its last sender had it follow, and no closer than it came. So none
    /// is delayed by more than was drawn for it or for one ahead: jitter is no queue.
    pub fn ordered(config: JitterConfig, stream: Stream) -> Self {
        Jitter { config, order: Order::Kept(BTreeMap::new()), stream }
    }

    fn draw(&mut self) -> Duration {
        let bound = self.config.n_std.max(0.0);
        let deviations = self.stream.normal().clamp(-bound, bound).abs();
        self.config.std.mul_f64(deviations).min(self.config.max)
    }
}

impl Node for Jitter {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        let now = cx.now();
        let mut leaves = now + self.draw();
        if let Order::Kept(flows) = &mut self.order {
            let flow = packet.flow_digest();
            if let Some(ahead) = flows.get(&flow) {
                leaves = leaves.max(ahead.leaves + packet.sending().min(now - ahead.came));
            }
            if flows.len() >= FLOWS_BEFORE_SWEEP {
                flows.retain(|_, ahead| ahead.leaves > now);
            }
            flows.insert(flow, Ahead { came: now, leaves });
        }
        cx.pass_at(leaves, packet);
    }
}
