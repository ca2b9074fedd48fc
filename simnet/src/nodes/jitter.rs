//! Packet delay variation as RFC 8868 section 4.5 defines it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::bitrate::RateSchedule;
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
    /// NR-BPDV (section 4.5.2): within a flow, none leaves before the one ahead has been sent at
    /// this rate.
    Kept { serial: Option<RateSchedule>, free_at: BTreeMap<u64, Time> },
}

/// Flows remembered before those that hold nothing back any more are forgotten.
const FLOWS_BEFORE_SWEEP: usize = 1_024;

impl Jitter {
    /// RBPDV: it reorders.
    pub fn reordering(config: JitterConfig, stream: Stream) -> Self {
        Jitter { config, order: Order::Free, stream }
    }

    /// NR-BPDV: the order within each flow is kept. `serial` is the rate of the bottleneck before
    /// it, which spaces packets that would have overtaken; without one they leave at the same
    /// moment. A rate below the bottleneck's would be another bottleneck, with a queue that nobody
    /// limits.
    pub fn ordered(config: JitterConfig, serial: Option<RateSchedule>, stream: Stream) -> Self {
        Jitter { config, order: Order::Kept { serial, free_at: BTreeMap::new() }, stream }
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
        let mut at = now + self.draw();
        if let Order::Kept { serial, free_at } = &mut self.order {
            let flow = packet.flow_digest();
            at = at.max(free_at.get(&flow).copied().unwrap_or(Time::ZERO));
            let sending =
                serial.as_ref().and_then(|rate| rate.at(now).time_for(packet.wire_bytes()));
            if free_at.len() >= FLOWS_BEFORE_SWEEP {
                free_at.retain(|_, free| *free > now);
            }
            free_at.insert(flow, at + sending.unwrap_or(Duration::ZERO));
        }
        cx.pass_at(at, packet);
    }
}
