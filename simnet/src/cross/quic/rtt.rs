//! Round-trip times of QUIC, and the times that follow from them (RFC 9002 sections 5 and 6).

use std::time::Duration;

use crate::cross::quic::receiver::MAX_ACK_DELAY;
use crate::time::Time;

/// Before there is a sample (kInitialRtt, section 6.2.2).
const INITIAL: Duration = Duration::from_millis(333);
/// What timers can tell apart (kGranularity, section 6.1.2).
const GRANULARITY: Duration = Duration::from_millis(1);
/// Probe timeouts that nothing was heard in for congestion to persist
/// (kPersistentCongestionThreshold, section 7.6.1).
const PERSISTENT: u32 = 3;

/// Estimates of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RoundTrips {
    known: Option<Known>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    since: Time,
    latest: Duration,
    least: Duration,
    mean: Duration,
    variation: Duration,
}

impl RoundTrips {
    /// The highest number acknowledged is newly so, `latest` after it was sent; its receiver held
    /// the acknowledgement back for `delay` (section 5.3).
    pub(super) fn sample(&mut self, latest: Duration, delay: Duration, now: Time) {
        let Some(known) = &mut self.known else {
            let (least, mean, variation) = (latest, latest, latest / 2);
            self.known = Some(Known { since: now, latest, least, mean, variation });
            return;
        };
        known.latest = latest;
        known.least = known.least.min(latest);
        let delay = delay.min(MAX_ACK_DELAY);
        let adjusted = if latest >= known.least + delay { latest - delay } else { latest };
        known.variation = (known.variation * 3 + known.mean.abs_diff(adjusted)) / 4;
        known.mean = (known.mean * 7 + adjusted) / 8;
    }

    /// The smoothed round-trip time, once there is a sample.
    pub(super) fn mean(&self) -> Option<Duration> {
        self.known.map(|known| known.mean)
    }

    /// The same, or what is assumed before.
    pub(super) fn assumed(&self) -> Duration {
        self.mean().unwrap_or(INITIAL)
    }

    /// After so long a packet is lost if a later one has arrived (section 6.1.2).
    pub(super) fn loss_delay(&self) -> Duration {
        let longest = self.known.map_or(INITIAL, |known| known.latest.max(known.mean));
        (longest * 9 / 8).max(GRANULARITY)
    }

    /// The probe timeout (section 6.2.1). What opens a connection is acknowledged at once.
    pub(super) fn probe_timeout(&self) -> Duration {
        let variation = self.known.map_or(INITIAL / 2, |known| known.variation);
        let held_back = self.known.map_or(Duration::ZERO, |_| MAX_ACK_DELAY);
        self.assumed() + (variation * 4).max(GRANULARITY) + held_back
    }

    /// Packets sent over a longer time than this and all lost tell of persistent congestion;
    /// `None` where the first of them was sent before there was a sample (section 7.6.2).
    pub(super) fn persistent(&self, first_sent: Time) -> Option<Duration> {
        let known = self.known.filter(|known| known.since <= first_sent)?;
        Some((known.mean + (known.variation * 4).max(GRANULARITY) + MAX_ACK_DELAY) * PERSISTENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_of_acknowledgements_is_taken_off_and_timeouts_follow() {
        let ms = Duration::from_millis;
        let mut rtt = RoundTrips::default();
        assert_eq!(rtt.probe_timeout().as_millis(), 999);
        assert_eq!(rtt.persistent(Time::ZERO), None);
        rtt.sample(ms(40), Duration::ZERO, Time::from_millis(40));
        assert_eq!(rtt.probe_timeout(), ms(40 + 80 + 25));
        assert_eq!(rtt.loss_delay(), ms(45));
        assert_eq!(rtt.persistent(Time::from_millis(40)), Some(ms(3 * 145)));
        assert_eq!(rtt.persistent(Time::from_millis(39)), None, "sent before the sample");
        rtt.sample(ms(65), ms(25), Time::from_millis(100));
        assert_eq!(rtt.mean(), Some(ms(40)), "25 ms of it were the receiver's");
        assert_eq!(rtt.loss_delay(), ms(65) * 9 / 8);
        rtt.sample(ms(48), ms(25), Time::from_millis(200));
        assert_eq!(rtt.mean(), Some(ms(41)), "never below the least");
    }
}
