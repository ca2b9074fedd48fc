//! Propagation delay: constant, changing over time, or normally distributed.

use std::collections::VecDeque;
use std::time::Duration;

use crate::nodes::{Node, NodeCx};
use crate::packet::Packet;
use crate::random::Stream;
use crate::rates::DelaySchedule;
use crate::time::Time;

/// The same delay for every packet.
#[derive(Debug)]
pub struct Delay {
    delay: Duration,
    /// What is on its way, the first to arrive in front: the agenda holds one entry for all of
    /// them.
    line: VecDeque<(Time, Box<Packet>)>,
}

impl Delay {
    /// A delay.
    pub const fn new(delay: Duration) -> Self {
        Delay { delay, line: VecDeque::new() }
    }

    /// Changes the delay of later packets. A shorter one lets them overtake earlier ones, as a
    /// route change does.
    pub fn set(&mut self, delay: Duration) {
        self.delay = delay;
    }
}

impl Node for Delay {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        let at = cx.now() + self.delay;
        let last = self.line.back().map(|(last, _)| *last);
        if self.delay.is_zero() || at == Time::NEVER || last.is_some_and(|last| at < last) {
            return cx.pass_at(at, packet);
        }
        if last.is_none() {
            cx.wake_at(at);
        }
        self.line.push_back((at, packet));
    }

    fn wake(&mut self, cx: &mut NodeCx<'_>) {
        while let Some((at, _)) = self.line.front() {
            if *at > cx.now() {
                return cx.wake_at(*at);
            }
            if let Some((_, packet)) = self.line.pop_front() {
                cx.pass(packet);
            }
        }
    }
}

/// A delay that changes at given times: a trace, or handovers. A packet keeps the delay of the
/// moment it came, so that packets behind a change to a shorter one overtake.
#[derive(Clone, Debug)]
pub struct TracedDelay {
    schedule: DelaySchedule,
}

impl TracedDelay {
    /// The delay of a packet is that of its arrival's moment.
    pub fn new(schedule: DelaySchedule) -> Self {
        TracedDelay { schedule }
    }
}

impl Node for TracedDelay {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        cx.pass_at(cx.now() + self.schedule.at(cx.now()), packet);
    }
}

/// A delay drawn for each packet from a normal distribution, cut off at zero. It reorders packets.
///
/// With a correlation `c`, each draw is `c` times the last deviation plus `sqrt(1 - c^2)` times a
/// new one, so mean and deviation are what they were.
#[derive(Debug)]
pub struct NormalDelay {
    mean: Duration,
    deviation: Duration,
    correlation: f64,
    last: f64,
    stream: Stream,
}

impl NormalDelay {
    /// Independent draws.
    pub fn new(mean: Duration, deviation: Duration, stream: Stream) -> Self {
        NormalDelay::correlated(mean, deviation, 0.0, stream)
    }

    /// Draws with the given correlation between neighbours, cut to `0..=1`.
    pub fn correlated(
        mean: Duration,
        deviation: Duration,
        correlation: f64,
        mut stream: Stream,
    ) -> Self {
        let (correlation, last) = (correlation.clamp(0.0, 1.0), stream.normal());
        NormalDelay { mean, deviation, correlation, last, stream }
    }
}

impl Node for NormalDelay {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        let fresh = (1.0 - self.correlation * self.correlation).sqrt() * self.stream.normal();
        self.last = self.correlation * self.last + fresh;
        let seconds = self.mean.as_secs_f64() + self.deviation.as_secs_f64() * self.last;
        cx.pass_at(cx.now() + Duration::from_secs_f64(seconds.max(0.0)), packet);
    }
}
