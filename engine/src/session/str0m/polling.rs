//! Time in, outputs and the next wake-up out.

use std::time::{Duration, Instant};

use str0m::{Event as StrEvent, Output as StrOutput};

use super::convert;
use super::life::Life;
use super::paced::Paced;
use super::session::Str0mSession;
use crate::event::CloseReason;
use crate::output::TimeoutReason;
use crate::session::output::{SessionEvent, SessionOutput};

/// The least time between two wake-ups that are asked for. The library's bandwidth probes may ask
/// for the present moment again and again until time has passed, and in virtual time none does
/// while they ask.
const WAKE_INTERVAL_MIN: Duration = Duration::from_micros(1);

/// The same for what the estimator and the pacer want for their own sake. On a path without delay
/// they would be woken every microsecond.
const HOUSEKEEPING_INTERVAL_MIN: Duration = Duration::from_millis(1);

/// Within this time after a description, the library is told the time: its first check waits for
/// that, and without a bandwidth estimate it asks for no wake-up.
const BEGIN_WITHIN: Duration = Duration::from_millis(50);

impl Str0mSession {
    pub(super) fn timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        debug_assert!(!self.backlog.is_full(), "outputs are polled after each input");
        if self.backlog.is_full() {
            return;
        }
        let now = self.now;
        self.ticked = Some(now);
        self.untold = false;
        self.written = false;
        if self.life.until().is_some_and(|until| until <= now) {
            self.life = Life::Over;
            self.rtc.disconnect();
        }
        let result = self.mutate(|rtc| rtc.handle_input(str0m::Input::Timeout(now)));
        if let Err(error) = result {
            self.fail(&error);
        }
    }

    pub(super) fn poll(&mut self) -> SessionOutput {
        match self.backlog.pop() {
            Some(output) => output,
            None => self.next_output(),
        }
    }

    /// Takes out what the library has, before it is changed again.
    pub(super) fn drain_library(&mut self) {
        if self.drained {
            return;
        }
        loop {
            match self.next_output() {
                SessionOutput::Timeout(..) => return,
                output => self.backlog.push(output),
            }
        }
    }

    /// What the session itself has to tell comes before what the library gives next.
    fn next_output(&mut self) -> SessionOutput {
        match self.backlog.take_told() {
            Some(output) => output,
            None => self.poll_library(),
        }
    }

    fn poll_library(&mut self) -> SessionOutput {
        loop {
            self.scope.enter();
            let polled = self.rtc.poll_output();
            if self.gate.is_flooded() {
                self.give_up(CloseReason::TooManyChannels);
            }
            match polled {
                Ok(StrOutput::Transmit(transmit)) => {
                    if let Some(output) = self.on_transmit(convert::transmit(transmit)) {
                        return output;
                    }
                }
                // The two that come for every packet are large, and looked at where they are.
                Ok(StrOutput::Event(StrEvent::RtpPacket(ref packet))) => {
                    if let Some(event) = self.on_packet(packet) {
                        return SessionOutput::Event(event);
                    }
                }
                Ok(StrOutput::Event(StrEvent::MediaData(ref data))) => {
                    let mid = self.mid_of(data.mid);
                    if let Some(frame) = convert::frame(data, mid) {
                        return SessionOutput::Event(SessionEvent::Frame(frame));
                    }
                }
                Ok(StrOutput::Event(event)) => {
                    if let Some(event) = self.on_event(event) {
                        return SessionOutput::Event(event);
                    }
                }
                Ok(StrOutput::Timeout(at)) => {
                    if std::mem::take(&mut self.kick) {
                        self.drained = true;
                        self.timeout(self.now);
                        continue;
                    }
                    self.drained = true;
                    self.frame_faults = 0;
                    if self.life == Life::LastWords {
                        self.life = Life::Over;
                        self.rtc.disconnect();
                        continue;
                    }
                    // Only now, so that the peer is told.
                    let fault = self.gate.fault().map(CloseReason::Dtls);
                    let end = fault.and_then(|fault| self.end(fault));
                    return end.unwrap_or_else(|| self.on_timeout(at));
                }
                Err(error) => self.on_error(&error),
            }
            if let Some(output) = self.backlog.take_told() {
                return output;
            }
        }
    }

    fn on_timeout(&mut self, at: Instant) -> SessionOutput {
        if let Some(event) = self.tell_room() {
            return SessionOutput::Event(event);
        }
        if let Some(event) = self.judge() {
            return SessionOutput::Event(event);
        }
        let library = (at, convert::reason(self.rtc.last_timeout_reason()));
        let (at, reason) = match self.next_judgement() {
            Some(consent) if consent < library.0 => (consent, TimeoutReason::Consent),
            _ => library,
        };
        let until = self.life.until().filter(|_| self.rtc.is_alive());
        let at = until.map_or(at, |until| until.min(at));
        let at = if self.untold { at.min(self.now + BEGIN_WITHIN) } else { at };
        let is_housekeeping = at == library.0
            && convert::is_housekeeping(self.rtc.last_timeout_reason())
            && !self.written
            && !self.paced.as_ref().is_some_and(Paced::waits);
        let earliest = match self.ticked {
            _ if is_housekeeping => self.now + HOUSEKEEPING_INTERVAL_MIN,
            Some(ticked) if ticked == self.now => self.now + WAKE_INTERVAL_MIN,
            _ => self.now,
        };
        SessionOutput::Timeout(at.max(earliest), reason)
    }
}
