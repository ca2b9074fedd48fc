//! What a participant's path carries, and who estimates it.

use std::time::{Duration, Instant};

use lapwing_engine::congestion::{
    CongestionController, ControllerFactory, GoogCc, GoogCcConfig, Limits, Target,
};
use lapwing_engine::{Bitrate, ChannelBudget, Config, SentPacket, TransportFeedback};

/// Where estimates begin, as in browsers.
const FIRST: Bitrate = Bitrate::kbps(300);

/// What a participant's path carries.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Downlink {
    /// The estimate, where there is feedback to make one from.
    pub(super) estimate: Option<Bitrate>,
    /// When layers are chosen next; at once where it is not known.
    pub(super) choose_at: Option<Instant>,
    /// What the estimator was told that could be sent.
    pub(super) wish: Option<Bitrate>,
}

/// Estimates, and holds nothing back: where there are no layers there is nothing to choose, and a
/// pacer would only keep frames that it does not let out.
#[derive(Debug)]
struct Unheld(GoogCc);

impl CongestionController for Unheld {
    fn on_sent(&mut self, packet: &SentPacket) {
        self.0.on_sent(packet);
    }

    fn on_feedback(&mut self, feedback: &TransportFeedback) {
        self.0.on_feedback(feedback);
    }

    fn on_round_trip(&mut self, round_trip: Duration, now: Instant) {
        self.0.on_round_trip(round_trip, now);
    }

    fn on_receiver_limit(&mut self, limit: Option<Bitrate>, now: Instant) {
        self.0.on_receiver_limit(limit, now);
    }

    fn on_path_changed(&mut self, now: Instant) {
        self.0.on_path_changed(now);
    }

    fn set_limits(&mut self, limits: Limits, now: Instant) {
        self.0.set_limits(limits, now);
    }

    fn update(&mut self, now: Instant) -> Target {
        let target = self.0.update(now);
        Target { pacing: Limits::default().maximum, window: None, ..target }
    }

    fn next_wakeup(&self) -> Option<Instant> {
        self.0.next_wakeup()
    }
}

/// A connection estimates what its path carries, and sends as before.
pub(super) fn settle(config: &mut Config) {
    config.initial_bitrate = Some(FIRST);
    config.controller = Some(ControllerFactory::new("googcc, unheld", |start, now| {
        let config = GoogCcConfig { start, ..GoogCcConfig::default() };
        Box::new(Unheld(GoogCc::new(config, now)))
    }));
    // Files go by what their own congestion control finds, as without an estimate.
    config.channel_budget = ChannelBudget::Unbounded;
}
