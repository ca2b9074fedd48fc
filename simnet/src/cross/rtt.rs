//! Round-trip time and retransmission timeout (RFC 6298).

use std::time::Duration;

/// Before the first sample (section 2.1).
const INITIAL: Duration = Duration::from_secs(1);
/// After an opening that was repeated (section 5.7).
const AFTER_LOST_OPENING: Duration = Duration::from_secs(3);
/// The least allowance above the mean. The RFC asks for a timeout of at least a second; the stacks
/// that senders run take 200 ms instead, but as the least value of the variation's part: a timeout
/// of 200 ms in all would come before the answer to a retransmission where a round trip takes 100
/// ms.
const MIN_MARGIN: Duration = Duration::from_millis(200);
/// Section 2.5.
const MAX: Duration = Duration::from_secs(60);

/// Smoothed round-trip time and its variation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RttEstimator {
    smoothed: Option<(Duration, Duration)>,
    /// Without a sample.
    initial: Duration,
    backoff: u32,
}

impl RttEstimator {
    pub(crate) const fn new() -> Self {
        RttEstimator { smoothed: None, initial: INITIAL, backoff: 0 }
    }

    /// For a connection that took more than one attempt to open, so that nobody knows which was
    /// answered (section 5.7).
    pub(crate) const fn unsure() -> Self {
        RttEstimator { smoothed: None, initial: AFTER_LOST_OPENING, backoff: 0 }
    }

    /// A segment that was sent once was acknowledged.
    pub(crate) fn sample(&mut self, rtt: Duration) {
        self.smoothed = Some(match self.smoothed {
            None => (rtt, rtt / 2),
            Some((mean, variation)) => {
                ((mean * 7 + rtt) / 8, (variation * 3 + mean.abs_diff(rtt)) / 4)
            }
        });
    }

    /// The smoothed round-trip time.
    pub(crate) fn mean(&self) -> Option<Duration> {
        self.smoothed.map(|(mean, _)| mean)
    }

    /// New data was acknowledged. With timestamps, which segments are taken to carry, that is a
    /// sample even where it was sent more than once, and ends the doubling (section 5.7, RFC 7323
    /// section 4).
    pub(crate) fn advance(&mut self) {
        self.backoff = 0;
    }

    /// The timeout doubles with each retransmission that is not acknowledged (section 5.5).
    pub(crate) fn back_off(&mut self) {
        self.backoff += 1;
    }

    pub(crate) fn timeout(&self) -> Duration {
        let with_margin = |(mean, variation): (Duration, Duration)| {
            mean.saturating_add((variation * 4).max(MIN_MARGIN))
        };
        let base = self.smoothed.map_or(self.initial, with_margin);
        base.saturating_mul(1u32.checked_shl(self.backoff).unwrap_or(u32::MAX)).min(MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeout_follows_the_samples_and_doubles() {
        let ms = Duration::from_millis;
        let mut rtt = RttEstimator::new();
        assert_eq!(rtt.timeout(), INITIAL);
        rtt.sample(ms(100));
        assert_eq!(rtt.timeout(), ms(300));
        rtt.back_off();
        rtt.back_off();
        assert_eq!(rtt.timeout(), ms(1_200));
        for _ in 0..50 {
            rtt.back_off();
        }
        assert_eq!(rtt.timeout(), MAX);
        rtt.advance();
        for _ in 0..100 {
            rtt.sample(ms(20));
        }
        // The mean comes close to 20 ms, the variation to nothing.
        assert_eq!(rtt.timeout().as_millis(), 220);
        assert_eq!(RttEstimator::unsure().timeout(), ms(3_000));
    }
}
