//! The pacer itself.
//!
//! 1. Sound leaves at once, and is paid for.
//! 2. Above the congestion window everything else waits, but for a packet now and then.
//! 3. A cluster of probes takes what waits, and padding, at its own rate.
//! 4. Else the budget decides, class by class.
//! 5. Where nothing waits, padding fills up to the rate that is to be kept.

use std::time::{Duration, Instant};

use super::budget::{BURST_MAX, Budget};
use super::config::PacerConfig;
use super::item::{Full, Item, Release, Released, Waiting};
use super::prober::Prober;
use super::queue::Queue;
use crate::bitrate::Bitrate;
use crate::congestion::controller::Target;
use crate::feedback::PacketClass;

/// Above the window one packet leaves in this time, so that feedback can come at all (libwebrtc).
const KEEPALIVE_EVERY: Duration = Duration::from_millis(500);

/// Smallest padding that is asked for: what an empty RTP packet carries in its padding.
const PADDING_BYTES_MIN: u32 = 224;

/// Largest padding that is asked for: a packet.
const PADDING_BYTES_MAX: u32 = 1_200;

/// Whether there is padding to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Padding {
    /// As far as is known.
    Available,
    /// Asked for, and not answered yet.
    Asked(Option<u32>),
    /// The caller had none; asked for again when something was sent.
    Refused,
}

/// Lets packets out at the rate of a [`Target`]; `K` is how the caller finds a packet's payload.
///
/// After each call that changes something, [`Self::poll`] is called until it gives `None`, and
/// again at [`Self::next_timeout`]. In the steady state nothing is allocated.
#[derive(Debug)]
pub struct Pacer<K> {
    config: PacerConfig,
    queue: Queue<K>,
    prober: Prober,
    pacing: Bitrate,
    media: Budget,
    filled: Budget,
    window: Option<u64>,
    in_flight: u64,
    last_sent: Option<Instant>,
    padding: Padding,
}

impl<K> Pacer<K> {
    /// An empty pacer, which lets nothing but sound out before [`Self::set_target`].
    pub fn new(config: PacerConfig, now: Instant) -> Self {
        Pacer {
            config,
            queue: Queue::new(),
            prober: Prober::default(),
            pacing: Bitrate::ZERO,
            media: Budget::new(Bitrate::ZERO, now),
            filled: Budget::new(Bitrate::ZERO, now),
            window: None,
            in_flight: 0,
            last_sent: None,
            padding: Padding::Available,
        }
    }

    /// Takes what the controller answered, with the probes that it wants.
    pub fn set_target(&mut self, target: &Target, now: Instant) {
        self.pacing = target.pacing;
        self.window = target.window;
        self.filled.set_rate(target.padding, now);
        for probe in target.probes.into_iter().flatten() {
            self.prober.want(probe, now);
        }
        self.adjust(now);
    }

    /// So many bytes are in flight, as feedback tells. What leaves adds to it.
    pub fn set_in_flight(&mut self, bytes: u64) {
        self.in_flight = bytes;
    }

    /// Has a packet wait; an error when too much waits already.
    pub fn enqueue(&mut self, item: Item<K>, now: Instant) -> Result<(), Full> {
        self.queue.push(item, &self.config, now)?;
        self.adjust(now);
        Ok(())
    }

    /// Drops what waits and is of no use any more: keeps what `keep` says, which is told when each
    /// packet came.
    pub fn retain(&mut self, keep: impl FnMut(&Item<K>, Instant) -> bool) {
        self.queue.retain(keep);
    }

    /// What waits.
    pub fn waiting(&self) -> Waiting {
        self.queue.waiting()
    }

    /// How long it takes until what waits has left; `None` when it never does.
    pub fn drains_in(&self) -> Option<Duration> {
        self.media.rate().time_for(self.queue.bytes())
    }

    /// What is to be sent at `now`.
    pub fn poll(&mut self, now: Instant) -> Option<Release<K>> {
        if matches!(self.padding, Padding::Asked(_)) {
            self.on_padding(0, now);
        }
        if self.queue.audio_since().is_some() {
            let probe = self.prober.due(now).map(|(id, _)| id);
            return self.release(probe, now);
        }
        if self.is_gated(now) {
            return None;
        }
        let next = self.queue.next();
        if let Some((size, ..)) = next {
            self.prober.begin(size, now);
        }
        if let Some((id, bytes)) = self.prober.due(now) {
            return match next {
                Some(_) => self.release(Some(id), now),
                None => self.ask_for_padding(bytes, Some(id)),
            };
        }
        if self.prober.is_running() {
            return None;
        }
        match next {
            Some((size, ..)) if self.media.allows(size, now) => self.release(None, now),
            Some(_) => None,
            None => self.fill_up(now),
        }
    }

    /// The caller sent so many bytes of padding, after [`Release::Padding`]. Nothing: it has none.
    pub fn on_padding(&mut self, bytes: u32, now: Instant) {
        let Padding::Asked(probe) = self.padding else { return };
        if bytes == 0 {
            self.padding = Padding::Refused;
            if probe.is_some() {
                self.prober.give_up();
            }
            return;
        }
        self.padding = Padding::Available;
        self.on_sent(bytes, probe, now);
        self.filled.spend(bytes, now);
        if probe.is_none() {
            self.media.spend(bytes, now);
        }
    }

    /// When [`Self::poll`] gives something though nothing happens; a time that has passed means at
    /// once.
    pub fn next_timeout(&self) -> Option<Instant> {
        if let Some(since) = self.queue.audio_since() {
            return Some(since);
        }
        let next = self.queue.next();
        if self.is_window_full() {
            let waits = next.is_some() || self.prober.is_running();
            return self.last_sent.filter(|_| waits).map(|at| at + KEEPALIVE_EVERY);
        }
        if let Some(at) = self.prober.next_at() {
            return Some(at);
        }
        match next {
            Some((size, _, since)) if self.prober.would_begin(size) => Some(since),
            Some((size, ..)) => self.media.allows_at(size),
            None if self.padding == Padding::Available => {
                self.filled.allows_at(self.padding_bytes())
            }
            None => None,
        }
    }

    fn release(&mut self, probe: Option<u32>, now: Instant) -> Option<Release<K>> {
        let (item, since) = self.queue.pop()?;
        self.on_sent(item.size, probe, now);
        self.media.spend(item.size, now);
        self.filled.spend(item.size, now);
        if self.padding == Padding::Refused && item.class != PacketClass::Audio {
            self.padding = Padding::Available;
        }
        let waited = now.saturating_duration_since(since);
        Some(Release::Packet(Released { item, waited, probe }))
    }

    fn on_sent(&mut self, size: u32, probe: Option<u32>, now: Instant) {
        self.in_flight = self.in_flight.saturating_add(u64::from(size));
        self.last_sent = Some(now);
        if probe.is_some() {
            self.prober.on_sent(size);
        }
        self.adjust(now);
    }

    fn fill_up(&mut self, now: Instant) -> Option<Release<K>> {
        let bytes = self.padding_bytes();
        if self.padding == Padding::Available && self.filled.allows(bytes, now) {
            return self.ask_for_padding(bytes, None);
        }
        None
    }

    fn ask_for_padding(&mut self, bytes: u32, probe: Option<u32>) -> Option<Release<K>> {
        if self.padding == Padding::Refused {
            self.prober.give_up();
            return None;
        }
        self.padding = Padding::Asked(probe);
        let bytes = bytes.clamp(PADDING_BYTES_MIN, PADDING_BYTES_MAX);
        Some(Release::Padding { bytes, probe })
    }

    fn padding_bytes(&self) -> u32 {
        let bytes = u32::try_from(self.filled.rate().bytes_in(BURST_MAX)).unwrap_or(u32::MAX);
        bytes.clamp(PADDING_BYTES_MIN, PADDING_BYTES_MAX)
    }

    /// The pacing rate, or more where what waits would take too long.
    fn adjust(&mut self, now: Instant) {
        let drain = self.config.drain_within.map(|within| {
            let nanos = within.as_nanos().max(1);
            let bps = u128::from(self.queue.bytes()) * 8_000_000_000 / nanos;
            Bitrate::bps(u64::try_from(bps).unwrap_or(u64::MAX))
        });
        let rate = match (self.pacing, drain) {
            (Bitrate::ZERO, _) | (_, None) => self.pacing,
            (pacing, Some(drain)) => pacing.max(drain),
        };
        self.media.set_rate(rate, now);
    }

    fn is_window_full(&self) -> bool {
        self.window.is_some_and(|window| self.in_flight >= window)
    }

    fn is_gated(&self, now: Instant) -> bool {
        let lately =
            self.last_sent.is_some_and(|at| now.saturating_duration_since(at) < KEEPALIVE_EVERY);
        self.is_window_full() && lately
    }
}
