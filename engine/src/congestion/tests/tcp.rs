//! A long transfer over TCP with CUBIC (RFC 9438), as far as a queue notices it.

use std::collections::VecDeque;
use std::time::Duration;

use super::link::Link;

const PACKET_BYTES: u32 = 1_500;
const CUBIC_C: f64 = 0.4;
const CUBIC_BETA: f64 = 0.7;

#[derive(Debug)]
pub(super) struct Tcp {
    window: f64,
    threshold: f64,
    before_loss: f64,
    lost_at: f64,
    /// What was sent before this number does not count as another loss.
    recovered_at: u64,
    next: u64,
    /// Numbers, when their acknowledgement comes; `None`: never.
    in_flight: VecDeque<(u64, Option<Duration>)>,
    acked: Vec<(f64, f64)>,
}

impl Tcp {
    pub(super) fn new() -> Self {
        Tcp {
            window: 10.0,
            threshold: f64::INFINITY,
            before_loss: 0.0,
            lost_at: 0.0,
            recovered_at: 0,
            next: 0,
            in_flight: VecDeque::new(),
            acked: Vec::new(),
        }
    }

    pub(super) fn bps(&self, from: f64, to: f64) -> f64 {
        let within = self.acked.iter().filter(|one| one.0 >= from && one.0 < to);
        within.map(|one| one.1).sum::<f64>() * 8.0 / (to - from)
    }

    pub(super) fn step(&mut self, link: &mut Link, now: Duration) {
        let at = now.as_secs_f64();
        let acked = |ack: &Option<Duration>| ack.is_some_and(|ack| ack <= now);
        // Selective acknowledgement: what is not told of before something that is, is lost.
        let told = self.in_flight.iter().rposition(|(_, ack)| acked(ack));
        for (number, ack) in
            self.in_flight.drain(..told.map_or(0, |last| last + 1)).collect::<Vec<_>>()
        {
            if acked(&ack) {
                self.acked.push((at, f64::from(PACKET_BYTES)));
                self.grow(at);
            } else if number >= self.recovered_at {
                self.before_loss = self.window;
                self.lost_at = at;
                self.window = (self.window * CUBIC_BETA).max(2.0);
                self.threshold = self.window;
                self.recovered_at = self.next;
            }
        }
        if self.in_flight.iter().all(|(_, ack)| ack.is_none()) {
            self.in_flight.clear();
        }
        while (self.in_flight.len() as f64) < self.window.floor() {
            let passage = link.enter(PACKET_BYTES, now);
            let ack = passage.map(|passage| passage.arrives + link.spec.delay);
            self.in_flight.push_back((self.next, ack));
            self.next += 1;
        }
    }

    fn grow(&mut self, at: f64) {
        if self.window < self.threshold {
            self.window += 1.0;
            return;
        }
        let k = (self.before_loss * (1.0 - CUBIC_BETA) / CUBIC_C).cbrt();
        let t = at - self.lost_at - k;
        let target = self.before_loss + CUBIC_C * t * t * t;
        self.window += ((target - self.window) / self.window).clamp(0.01 / self.window, 0.5);
    }
}
