//! What a receiver thinks may be sent to it (REMB, draft-alvestrand-rmcat-remb-03), for senders
//! that are told nothing else.
//!
//! It goes by what arrives and by what is lost, as draft-ietf-rmcat-gcc-02 section 6 has it for
//! senders: more while little is lost, less where much is. Delay is not looked at: that takes the
//! sender's times, and a peer that sends those takes better feedback too.

use std::time::{Duration, Instant};

use crate::bitrate::Bitrate;

/// An estimate is told so often.
const EVERY: Duration = Duration::from_secs(1);
/// Up to this share of losses it grows, by this factor;
const LOSS_LOW: f64 = 0.02;
const GROWTH: f64 = 1.08;
/// above this one it falls, by half of the share.
const LOSS_HIGH: f64 = 0.1;
/// It is no more than so many times what arrives, and a little, so that it may grow from nothing.
const ABOVE_ARRIVING: f64 = 1.5;
const ABOVE_ARRIVING_BPS: f64 = 50_000.0;
/// What is asked for is never less.
const BPS_MIN: f64 = 30_000.0;

/// The estimate of a receiver.
///
/// ```
/// use std::time::{Duration, Instant};
/// use lapwing_engine::Bitrate;
/// use lapwing_engine::congestion::ReceiverEstimate;
///
/// let start = Instant::now();
/// let mut estimate = ReceiverEstimate::new(Bitrate::kbps(300));
/// estimate.on_packet(62_500, start);
/// let second = start + Duration::from_secs(1);
/// // 500 kbit/s arrived and nothing was lost.
/// assert_eq!(estimate.poll((50, 50), second), Some(Bitrate::kbps(324)));
/// // Then a fifth of 50 packets was lost.
/// estimate.on_packet(50_000, second);
/// let told = estimate.poll((100, 90), second + Duration::from_secs(1)).unwrap();
/// assert!(told < Bitrate::kbps(300));
/// ```
#[derive(Clone, Debug)]
pub struct ReceiverEstimate {
    bps: f64,
    bytes: u64,
    since: Option<Instant>,
    /// Expected and received when it was told last.
    counted: (u64, u64),
}

impl ReceiverEstimate {
    /// An estimate that begins with this rate.
    pub fn new(start: Bitrate) -> Self {
        ReceiverEstimate { bps: start.as_bps() as f64, bytes: 0, since: None, counted: (0, 0) }
    }

    /// A packet of so many bytes arrived.
    pub fn on_packet(&mut self, bytes: usize, now: Instant) {
        self.since.get_or_insert(now);
        self.bytes += bytes as u64;
    }

    /// When the estimate is due; never while nothing arrives.
    pub fn next_due(&self) -> Option<Instant> {
        self.since.map(|since| since + EVERY)
    }

    /// The estimate, where it is due. `counted`: packets expected and received of all streams since
    /// their beginning.
    pub fn poll(&mut self, counted: (u64, u64), now: Instant) -> Option<Bitrate> {
        if self.next_due().is_none_or(|due| due > now) {
            return None;
        }
        let seconds = now.saturating_duration_since(self.since.take()?).as_secs_f64();
        let arriving = std::mem::take(&mut self.bytes) as f64 * 8.0 / seconds;
        let expected = counted.0.saturating_sub(self.counted.0);
        let received = counted.1.saturating_sub(self.counted.1);
        self.counted = counted;
        let lost = expected.saturating_sub(received) as f64 / expected.max(1) as f64;
        if lost > LOSS_HIGH {
            self.bps = self.bps.min(arriving / (1.0 - lost)) * (1.0 - lost / 2.0);
        } else if lost <= LOSS_LOW {
            let most = ABOVE_ARRIVING * arriving + ABOVE_ARRIVING_BPS;
            self.bps = (self.bps * GROWTH).min(most.max(self.bps));
        }
        self.bps = self.bps.max(BPS_MIN);
        Some(Bitrate::bps(self.bps as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    /// Seconds in which so many bytes arrive of packets of which every `lost`-th is lost.
    fn play(estimate: &mut ReceiverEstimate, seconds: u64, bytes: usize, lost: u64) -> u64 {
        let (mut at, mut counted) = (origin(), (0, 0));
        let mut told = 0;
        for _ in 0..seconds {
            estimate.on_packet(bytes, at);
            at += EVERY;
            counted = (counted.0 + 100, counted.1 + 100 - 100_u64.checked_div(lost).unwrap_or(0));
            told = estimate.poll(counted, at).expect("a second has passed").as_bps();
        }
        told
    }

    #[test]
    fn it_grows_to_a_bound_over_what_arrives() {
        let mut estimate = ReceiverEstimate::new(Bitrate::kbps(300));
        let told = play(&mut estimate, 30, 50_000, 0);
        assert!((told as f64 - 650_000.0).abs() < 2.0, "{told}");
    }

    #[test]
    fn losses_hold_it_and_heavy_ones_take_it_down() {
        let mut estimate = ReceiverEstimate::new(Bitrate::kbps(500));
        assert_eq!(play(&mut estimate, 5, 60_000, 20), 500_000);
        let told = play(&mut ReceiverEstimate::new(Bitrate::kbps(500)), 1, 10_000, 4);
        assert!((90_000..100_000).contains(&told), "{told}");
        let told = play(&mut ReceiverEstimate::new(Bitrate::kbps(500)), 20, 10_000, 4);
        assert_eq!(told, 30_000, "as long as it goes on");
    }

    #[test]
    fn silence_is_not_told() {
        let mut estimate = ReceiverEstimate::new(Bitrate::kbps(500));
        assert_eq!(estimate.next_due(), None);
        assert_eq!(estimate.poll((0, 0), origin() + EVERY), None);
    }
}
