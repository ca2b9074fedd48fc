//! The state of a probe for bandwidth, and what the next one waits for (section 5.3.3).

use std::time::Duration;

use crate::random::Stream;
use crate::time::Time;

/// What acknowledgements tell of a probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Feedback {
    /// Nothing.
    #[default]
    None,
    /// The pipe is being filled.
    Refilling,
    /// The probe has begun; its first segments are on their way.
    Starting,
    /// Of the probe.
    Probing,
    /// The probe is over; its last segments are on their way.
    Stopping,
}

/// How the last probe ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LastProbe {
    #[default]
    Fine,
    /// With too much loss.
    TooHigh,
    /// Stopped where the one before had too much loss, which this one has yet to show.
    Stopped,
}

/// The state of probes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cycle {
    /// When it last began to send less.
    pub(super) since: Time,
    pub(super) wait: Duration,
    /// Round trips since the last probe.
    pub(super) rounds: u64,
    pub(super) feedback: Feedback,
    pub(super) last: LastProbe,
    /// Losses judge a probe: the segments were sent in one, and none has been judged.
    pub(super) judged_by_loss: bool,
    /// Round trips of the present probe.
    up_rounds: u32,
    up_acked: f64,
    acked_per_segment: f64,
}

/// Greatest number of round trips for which two Reno flows would wait (section 5.3.3.5.3).
const RENO_ROUNDS: f64 = 63.0;

impl Default for Cycle {
    fn default() -> Self {
        Cycle {
            since: Time::ZERO,
            wait: Duration::ZERO,
            rounds: 0,
            feedback: Feedback::None,
            last: LastProbe::Fine,
            judged_by_loss: false,
            up_rounds: 0,
            up_acked: 0.0,
            acked_per_segment: f64::INFINITY,
        }
    }
}

impl Cycle {
    /// A probe is over: when the next comes is drawn, two to three seconds later.
    pub(super) fn end(&mut self, stream: &mut Stream, now: Time) {
        self.rounds = stream.below(2);
        self.wait = Duration::from_secs(2) + Duration::from_secs_f64(stream.unit());
        self.since = now;
        self.feedback = Feedback::Stopping;
        self.acked_per_segment = f64::INFINITY;
    }

    /// Whether the next probe is due where `target` segments fill the path.
    pub(super) fn is_due(&self, target: f64, now: Time) -> bool {
        now.since(self.since) > self.wait || self.rounds as f64 >= target.min(RENO_ROUNDS)
    }

    /// The pipe is filled before a probe.
    pub(super) fn refill(&mut self) {
        (self.up_rounds, self.up_acked) = (0, 0.0);
        self.feedback = Feedback::Refilling;
    }

    /// In each round trip of a probe the bound may rise twice as fast as before.
    pub(super) fn steepen(&mut self, window: f64) {
        let growth = f64::from(1u32 << self.up_rounds);
        self.up_rounds = (self.up_rounds + 1).min(30);
        self.acked_per_segment = (window / growth).max(1.0);
    }

    /// By how many segments a bound rises that was in full use while these arrived.
    pub(super) fn raise(&mut self, acked: f64) -> f64 {
        self.up_acked += acked;
        if self.up_acked < self.acked_per_segment {
            return 0.0;
        }
        let segments = (self.up_acked / self.acked_per_segment).floor();
        self.up_acked -= segments * self.acked_per_segment;
        segments
    }
}
