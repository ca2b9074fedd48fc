//! Time in, and the next wake-up out.

use std::time::{Duration, Instant};

use super::due::earlier;
use super::session::OwnSession;
use crate::event::CloseReason;
use crate::output::TimeoutReason;
use crate::session::output::SessionOutput;

/// How far ahead a session that wants nothing says so.
const FAR: Duration = Duration::from_secs(86_400);

impl OwnSession {
    /// Learns what time it is.
    pub(super) fn learn_time(&mut self, now: Instant) {
        self.now = self.now.max(now);
        if let Some(at) = self.agreed_at.take() {
            self.checks.agent.count_from(at, self.now);
        }
    }

    pub(super) fn pass_time(&mut self, now: Instant) {
        self.learn_time(now);
        if !self.life.is_running() || self.outputs.is_full() {
            return;
        }
        let now = self.now;
        if self.over_at.is_some_and(|at| at <= now) {
            self.end(CloseReason::Disconnected);
            return;
        }
        self.checks.agent.handle_timeout(now);
        if self.handshake.wake.is_some_and(|at| at <= now) {
            self.tell_handshake_time();
        }
        if let Some(association) = &mut self.channels.association
            && association.next_timeout().is_some_and(|at| at <= now)
        {
            association.handle_timeout(now);
        }
        self.follow_round_trip();
        self.hand_over_all_pictures(now);
        self.tick_pacer();
        self.tick_budget();
        self.settle();
    }

    pub(super) fn next_output(&mut self) -> SessionOutput {
        if let Some(output) = self.outputs.pop() {
            return output;
        }
        if !self.life.is_running() {
            return SessionOutput::Timeout(self.now + FAR, TimeoutReason::Idle);
        }
        if self.agreed_at.is_some() {
            return SessionOutput::Timeout(self.now, TimeoutReason::Ice);
        }
        let channels = self.channels.association.as_ref().and_then(|it| it.next_timeout());
        let mut first: Option<(Instant, TimeoutReason)> = None;
        // Of two at the same time the one that is listed first.
        let mut want = |at: Option<Instant>, reason| {
            if let Some(at) = at
                && first.is_none_or(|(earliest, _)| at < earliest)
            {
                first = Some((at, reason));
            }
        };
        want(self.checks.agent.next_timeout(), TimeoutReason::Ice);
        want(self.handshake.wake, TimeoutReason::Dtls);
        want(channels, TimeoutReason::Sctp);
        want(self.control_due(), TimeoutReason::Rtcp);
        want(self.media_due(), TimeoutReason::Media);
        want(self.pacer_due(), TimeoutReason::Bandwidth);
        want(self.over_at, TimeoutReason::Consent);
        match first {
            Some((at, reason)) => SessionOutput::Timeout(at.max(self.now), reason),
            None => SessionOutput::Timeout(self.now + FAR, TimeoutReason::Idle),
        }
    }

    pub(super) fn control_due(&self) -> Option<Instant> {
        self.secured.as_ref()?;
        // Nobody has to be woken for a report that says nothing.
        let report = self.has_media().then(|| self.control.schedule.due_at());
        let demands = self.streams_out.due.at();
        earlier(earlier(report, self.feedback.next_due()), demands)
    }

    pub(super) fn media_due(&self) -> Option<Instant> {
        self.secured.as_ref()?;
        self.streams_in.due.at()
    }
}
