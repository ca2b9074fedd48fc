//! Controller and pacer, and the packets that wait.

use std::time::{Duration, Instant};

use super::due::earlier;
use super::stream_out::SentPayload;
use crate::bitrate::Bitrate;
use crate::config::Config;
use crate::congestion::{
    CongestionController, GoogCc, GoogCcConfig, Limits, Pacer, PacerConfig, Target,
};
use crate::feedback::{PacketClass, SentPacket, TransportFeedback};
use crate::ids::Ssrc;
use crate::rtp::extension::AudioLevel;

/// Without media for so long, the controller sleeps until there is some.
const QUIET_AFTER: Duration = Duration::from_secs(5);

/// A packet that waits for its turn.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) ssrc: Ssrc,
    pub(super) number: u64,
    pub(super) sent: SentPayload,
    pub(super) level: Option<AudioLevel>,
    pub(super) nackable: bool,
    pub(super) class: PacketClass,
    /// When it was written.
    pub(super) at: Instant,
}

/// Controller and pacer.
#[derive(Debug)]
pub(super) struct Paced {
    pub(super) controller: Box<dyn CongestionController>,
    pub(super) pacer: Pacer<Queued>,
    limits: Limits,
    pub(super) rate: Bitrate,
    pub(super) told: Option<Bitrate>,
    /// When media was last to be sent.
    pub(super) busy_at: Option<Instant>,
}

/// The rate to begin with, while nothing can be sent.
#[derive(Debug)]
struct Unbegun(Bitrate);

impl CongestionController for Unbegun {
    fn on_sent(&mut self, _: &SentPacket) {}

    fn on_feedback(&mut self, _: &TransportFeedback) {}

    fn set_limits(&mut self, _: Limits, _: Instant) {}

    fn update(&mut self, _: Instant) -> Target {
        Target::of_rate(self.0)
    }

    fn next_wakeup(&self) -> Option<Instant> {
        None
    }
}

impl Paced {
    /// `None` where no estimate is wanted.
    pub(super) fn new(config: &Config, now: Instant) -> Option<Self> {
        let start = config.initial_bitrate?;
        let mut paced = Paced {
            controller: Box::new(Unbegun(start)),
            pacer: Pacer::new(PacerConfig::default(), now),
            limits: Limits::default(),
            rate: start,
            told: None,
            busy_at: None,
        };
        paced.update(now);
        Some(paced)
    }

    /// Media may be sent: from here on the controller counts.
    pub(super) fn begin(&mut self, config: &Config, now: Instant) {
        let start = config.initial_bitrate.unwrap_or(self.rate);
        let own = config.controller.as_ref().and_then(|factory| factory.make(start, now));
        let googcc = GoogCcConfig { start, ..GoogCcConfig::default() };
        self.controller = own.unwrap_or_else(|| Box::new(GoogCc::new(googcc, now)));
        self.controller.set_limits(self.limits, now);
        self.update(now);
    }

    pub(super) fn set_limits(&mut self, limits: Limits, now: Instant) {
        self.limits = limits;
        self.controller.set_limits(limits, now);
    }

    /// What would be sent if it could.
    pub(super) fn desired(&self) -> Bitrate {
        self.limits.desired.unwrap_or(self.limits.maximum)
    }

    /// The controller decides anew.
    pub(super) fn update(&mut self, now: Instant) {
        let target = self.controller.update(now);
        self.pacer.set_target(&target, now);
        self.rate = target.rate;
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        earlier(self.pacer.next_timeout(), self.decides_at())
    }

    /// When the controller is to decide though nothing happens. Where no media is sent there is
    /// nothing to decide on, and a path is not probed that nobody uses.
    pub(super) fn decides_at(&self) -> Option<Instant> {
        let quiet_at = self.busy_at? + QUIET_AFTER;
        self.controller.next_wakeup().filter(|at| *at <= quiet_at)
    }
}
