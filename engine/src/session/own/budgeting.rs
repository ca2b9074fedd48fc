//! Where media of the connection bound what its channels send, and where they do not any more.

use std::time::Duration;

use super::budget::Budget;
use super::session::OwnSession;
use crate::config::ChannelBudget;

/// Media are over when none was to be sent for so long.
const QUIET_AFTER: Duration = Duration::from_secs(2);

/// Of what leaves, the part that channels have, beside headers (in percent).
const PAYLOAD_PERCENT: f64 = 92.0;

impl OwnSession {
    /// The peer told what became of media: the channels may send more or less.
    pub(super) fn follow_budget(&mut self) {
        let ChannelBudget::BesideMedia { least_percent } = self.config.channel_budget else {
            return;
        };
        let (Some(paced), Some(association)) = (&self.paced, &mut self.channels.association) else {
            return;
        };
        let part = f64::from(least_percent.min(99));
        let media = paced.rate.min(paced.desired()).as_bps() as f64;
        let least = media * part / (100.0 - part) * PAYLOAD_PERCENT / 100.0;
        let delivered = association.delivered_bytes();
        self.channels.budget.on_feedback(&self.feedback.told, delivered, least);
        association.set_rate_max(self.channels.budget.rate());
    }

    /// Media that are over leave all to the channels.
    pub(super) fn tick_budget(&mut self) {
        let Some(association) = &mut self.channels.association else { return };
        if self.channels.budget.rate().is_none() {
            return;
        }
        let busy_at = self.paced.as_ref().and_then(|paced| paced.busy_at);
        if busy_at.is_none_or(|at| self.now.saturating_duration_since(at) > QUIET_AFTER) {
            self.channels.budget = Budget::default();
            association.set_rate_max(None);
        }
    }
}
