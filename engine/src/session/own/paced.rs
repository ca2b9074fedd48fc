//! Controller and pacer, and the packets that wait.

use std::time::Instant;

use super::stream_out::SentPayload;
use crate::bitrate::Bitrate;
use crate::config::Config;
use crate::congestion::{CongestionController, GoogCc, GoogCcConfig, Pacer, PacerConfig};
use crate::feedback::PacketClass;
use crate::ids::Ssrc;
use crate::rtp::extension::AudioLevel;

/// A packet that waits for its turn.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) ssrc: Ssrc,
    pub(super) number: u64,
    pub(super) sent: SentPayload,
    pub(super) level: Option<AudioLevel>,
    pub(super) nackable: bool,
    pub(super) class: PacketClass,
}

/// Controller and pacer.
#[derive(Debug)]
pub(super) struct Paced {
    pub(super) controller: Box<dyn CongestionController>,
    pub(super) pacer: Pacer<Queued>,
    pub(super) rate: Bitrate,
    pub(super) told: Option<Bitrate>,
}

impl Paced {
    /// `None` where no estimate is wanted.
    pub(super) fn new(config: &Config, now: Instant) -> Option<Self> {
        let start = config.initial_bitrate?;
        let config = GoogCcConfig { start, ..GoogCcConfig::default() };
        let mut paced = Paced {
            controller: Box::new(GoogCc::new(config, now)),
            pacer: Pacer::new(PacerConfig::default(), now),
            rate: start,
            told: None,
        };
        paced.update(now);
        Some(paced)
    }

    /// The controller decides anew.
    pub(super) fn update(&mut self, now: Instant) {
        let target = self.controller.update(now);
        self.pacer.set_target(&target, now);
        self.rate = target.rate;
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        [self.pacer.next_timeout(), self.controller.next_wakeup()].into_iter().flatten().min()
    }
}
