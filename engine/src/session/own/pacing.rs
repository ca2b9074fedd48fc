//! How fast the session sends: the controller decides, the pacer obeys.
//!
//! 1. A packet has its number and waits for its turn.
//! 2. The pacer lets it out: it is written, protected, sent.
//! 3. Feedback tells what became of packets; the controller has another target.

use std::time::{Duration, Instant};

use super::paced::{Paced, Queued};
use super::session::OwnSession;
use crate::bitrate::Bitrate;
use crate::congestion::{Item, Limits, PacerConfig, Release};
use crate::feedback::SentPacket;
use crate::media::WriteError;
use crate::session::output::SessionEvent;

/// Bytes of header, extensions and tag that a packet has beside its payload, about.
const OVERHEAD_BYTES: usize = 50;

/// The application hears of an estimate that changed by one part in this many.
const TOLD_DIVISOR: u64 = 50;

impl OwnSession {
    /// Feedback tells the controller something on what is sent.
    fn is_paced(&self) -> bool {
        self.paced.is_some() && self.feedback.guides()
    }

    /// What the path carries, where that is estimated.
    pub(super) fn path_rate(&self) -> Option<Bitrate> {
        self.paced.as_deref().filter(|_| self.is_paced()).map(|paced| paced.rate)
    }

    /// Room for a frame of so many bytes.
    pub(super) fn check_pacer(&self, bytes: usize) -> Result<(), WriteError> {
        let Some(paced) = self.paced.as_deref().filter(|_| self.is_paced()) else { return Ok(()) };
        let waiting = paced.pacer.waiting();
        let most = PacerConfig::default().bytes_max as u64;
        match waiting.packets == 0 || waiting.bytes + bytes as u64 <= most {
            true => Ok(()),
            false => Err(WriteError::Full),
        }
    }

    /// How long what waits takes to leave, at the present pace.
    pub(super) fn pacer_drains_in(&self) -> Duration {
        let paced = self.paced.as_deref().filter(|_| self.is_paced());
        paced.and_then(|paced| paced.pacer.drains_in()).unwrap_or_default()
    }

    /// A packet takes its turn, or goes out at once where nothing is paced.
    pub(super) fn queue(&mut self, queued: Queued) {
        if !self.is_paced() {
            self.send_queued(queued, None);
            return;
        }
        let Some(paced) = &mut self.paced else { return };
        paced.busy_at = Some(self.now);
        let item = Item {
            size: (queued.sent.payload.len() + OVERHEAD_BYTES) as u32,
            class: queued.class,
            key: queued,
        };
        if let Err(full) = paced.pacer.enqueue(item, self.now) {
            tracing::debug!(%full, "a packet is lost");
        }
    }

    /// Lets out what may leave now.
    pub(super) fn follow_pacer(&mut self) {
        if self.secured.is_none() || !self.life.is_running() || !self.is_paced() {
            return;
        }
        let now = self.now;
        while let Some(release) = self.paced.as_deref_mut().and_then(|paced| paced.pacer.poll(now))
        {
            match release {
                Release::Packet(released) => self.send_queued(released.item.key, released.probe),
                Release::Padding { bytes, probe } => {
                    let sent = self.send_padding(bytes, probe);
                    if let Some(paced) = &mut self.paced {
                        paced.pacer.on_padding(sent, now);
                    }
                }
            }
        }
    }

    /// The keys are there.
    pub(super) fn begin_pacing(&mut self) {
        let now = self.now;
        if let Some(paced) = &mut self.paced {
            paced.begin(&self.config, now);
        }
        self.update_rate();
    }

    /// Packets may take another path than before: what is known of the old one does not hold.
    pub(super) fn follow_path(&mut self) {
        let now = self.now;
        if self.feedback.on_path(self.checks.path())
            && let Some(paced) = &mut self.paced
        {
            paced.controller.on_path_changed(now);
            self.update_rate();
        }
    }

    /// A packet of padding was counted on the wire, or one of media.
    pub(super) fn note_sent(&mut self, packet: &SentPacket) {
        if let Some(paced) = &mut self.paced {
            paced.controller.on_sent(packet);
        }
    }

    /// The peer told what became of packets.
    pub(super) fn on_feedback(&mut self) {
        self.follow_copies();
        self.follow_least_round_trip();
        let in_flight = self.feedback.sent.bytes_in_flight();
        let Some(paced) = &mut self.paced else { return };
        paced.controller.on_feedback(&self.feedback.told);
        paced.pacer.set_in_flight(in_flight);
        self.update_rate();
        self.follow_budget();
    }

    pub(super) fn update_rate(&mut self) {
        let paces = self.is_paced() && self.secured.is_some();
        let now = self.now;
        let Some(paced) = self.paced.as_deref_mut().filter(|_| paces) else { return };
        paced.update(now);
        let whole = paced.rate;
        self.limit_repeats(whole);
        let rate = self.without_copies(self.media_share(whole));
        let Some(paced) = self.paced.as_deref_mut() else { return };
        let differs = paced.told.is_none_or(|told| {
            told.as_bps().abs_diff(rate.as_bps()) * TOLD_DIVISOR > told.as_bps()
        });
        if differs {
            paced.told = Some(rate);
            self.feedback.set_send_bitrate(rate);
            self.outputs.tell(SessionEvent::Bandwidth(rate));
        }
    }

    pub(super) fn tick_pacer(&mut self) {
        let now = self.now;
        let due = self.paced.as_deref().and_then(Paced::decides_at);
        if due.is_some_and(|at| at <= now) {
            self.update_rate();
        }
    }

    pub(super) fn limit(&mut self, minimum: Bitrate, desired: Bitrate) {
        let now = self.now;
        if let Some(paced) = &mut self.paced {
            let limits = Limits { minimum, desired: Some(desired), ..Limits::default() };
            paced.set_limits(limits, now);
        }
        self.update_rate();
        self.settle();
    }

    pub(super) fn pacer_due(&self) -> Option<Instant> {
        self.secured.as_ref()?;
        self.paced.as_deref().filter(|_| self.is_paced()).and_then(Paced::next_due)
    }
}
