//! When nothing comes: a probe that provokes an answer (RFC 8985 section 7), then doubt in all that
//! is on the way (RFC 9260 section 6.3).

use std::time::{Duration, Instant};

use super::flight::State;
use super::sender::Sender;
use super::timers::Timers;

/// Added to two round trips before a probe: what a peer may take to acknowledge what it was asked
/// to acknowledge at once, and clocks.
const PROBE_SLACK: Duration = Duration::from_millis(10);

/// Doubt in a row after which even what the peer said it has goes out again: it may have changed
/// its mind, as RFC 9260 section 6.2.1 allows.
const RENEGE_AFTER: u32 = 3;

impl Sender {
    /// When something is to be done, whatever comes.
    pub(crate) fn next_timeout(&self, now: Instant) -> Option<Instant> {
        let has_data = !self.flight.lost.is_empty() || self.turn().is_some();
        let has_room = self.flight.bytes() < self.controller.window();
        let is_paced = has_data && has_room && !self.pacer.may_send(now);
        let timers = &self.timers;
        let times = [
            is_paced.then(|| self.pacer.next()),
            timers.reorder,
            timers.probe,
            timers.timeout,
            self.path.next_timeout(),
        ];
        times.into_iter().flatten().min()
    }

    /// Something went out.
    pub(super) fn arm(&mut self, now: Instant) {
        if self.timers.timeout.is_none() {
            self.timers.timeout = Some(now + self.trip.timeout());
        }
        self.arm_probe(now);
    }

    fn arm_probe(&mut self, now: Instant) {
        let can_probe = self.flight.lost.is_empty()
            && self.flight.count() > 0
            && self.flight.cumulative() >= self.timers.probed
            && self.trip.timeouts() == 0;
        self.timers.probe = match self.trip.smoothed() {
            Some(smoothed) if can_probe => Some(now + smoothed * 2 + PROBE_SLACK),
            _ => None,
        };
    }

    /// Something came back.
    pub(super) fn rearm(&mut self, has_progress: bool, now: Instant) {
        if self.flight.is_empty() {
            self.timers = Timers { probed: self.timers.probed, ..Timers::default() };
            return;
        }
        if has_progress {
            self.timers.timeout = Some(now + self.trip.timeout());
        }
        self.arm_probe(now);
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(self.timers.reorder) {
            self.detect_losses(now);
        }
        if is_due(self.timers.timeout) {
            self.on_timeout(now);
        } else if is_due(self.timers.probe) {
            self.on_probe(now);
        }
    }

    /// Something new goes out, or the last piece again.
    fn on_probe(&mut self, now: Instant) {
        self.timers.probe = None;
        self.timers.probed = self.flight.highest() + 1;
        self.may_probe = true;
        if self.turn().is_some() && self.flight.bytes() < self.window {
            return;
        }
        let mut numbers = self.flight.numbers().rev();
        let is_on_the_way =
            |number: &u64| self.flight.get(*number).is_some_and(|it| it.state == State::OnTheWay);
        match numbers.find(is_on_the_way) {
            Some(last) => {
                // Out of turn, and not counted as a loss unless it turns out to be one.
                self.flight.set(last, State::Lost);
            }
            None => self.may_probe = false,
        }
        self.timers.timeout = Some(now + self.trip.timeout());
    }

    /// All that is on the way is doubted.
    fn on_timeout(&mut self, now: Instant) {
        self.timers.timeout = None;
        self.timers.probe = None;
        if self.flight.is_empty() {
            return;
        }
        // To a peer without a window the only piece on the way asks for one: no sign of congestion.
        let asks_for_window = self.window == 0 && self.flight.count() <= 1;
        self.trip.on_timeout();
        let renege = self.trip.timeouts() >= RENEGE_AFTER;
        if renege {
            self.flight.acknowledged = Default::default();
        }
        for number in self.flight.numbers() {
            let state = self.flight.get(number).map(|piece| piece.state);
            let is_doubted =
                state == Some(State::OnTheWay) || (renege && state == Some(State::Acknowledged));
            if is_doubted {
                self.flight.set(number, State::Lost);
            }
        }
        self.recovery.forget_order();
        self.recovery.begin_event(&self.flight);
        if !asks_for_window {
            self.controller.on_timeout(self.flight.bytes());
        }
        self.may_probe = true;
        self.abandon_reached(now);
        if self.flight.forward_to() > self.flight.cumulative() {
            self.forward = Some(self.flight.forward_to());
        }
        self.timers.timeout = Some(now + self.trip.timeout());
    }
}
