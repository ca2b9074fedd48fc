//! Round trips by reports (RFC 3550 section 6.4.1, RFC 3611 section 4.5).

use std::time::{Duration, Instant};

use super::ntp::{NtpTime, from_short, to_short};
use super::packet::DlrrBlock;
use crate::ids::Ssrc;

/// What a report says that is longer is no round trip of a call, and is left out.
const ROUND_TRIP_MAX: Duration = Duration::from_secs(60);

/// Receivers whose reference times are kept. A connection has one peer; one that forwards may show
/// several.
const RECEIVERS_MAX: usize = 64;

/// Round trips that were measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundTrip {
    /// The last one (`roundTripTime` of webrtc-stats).
    pub current: Option<Duration>,
    /// The sum of all (`totalRoundTripTime`).
    pub total: Duration,
    /// Their count (`roundTripTimeMeasurements`).
    pub measurements: u64,
    smoothed: Option<Duration>,
}

impl RoundTrip {
    /// A report came that answers a time of ours: `last` is the middle of that time (LSR, LRR), and
    /// `delay` how long the peer had it (DLSR, DLRR). `None` where it answers none, or is
    /// impossible.
    pub fn on_answer(&mut self, now: NtpTime, last: u32, delay: u32) -> Option<Duration> {
        if last == 0 {
            return None;
        }
        let short = now.middle().wrapping_sub(last).wrapping_sub(delay);
        // Two clocks are rounded: less than nothing is nothing.
        let short = if short as i32 > 0 { short } else { 1 };
        let round_trip = from_short(short);
        if round_trip > ROUND_TRIP_MAX {
            return None;
        }
        self.current = Some(round_trip);
        self.total += round_trip;
        self.measurements += 1;
        let before = self.smoothed.unwrap_or(round_trip);
        self.smoothed = Some((before * 7 + round_trip) / 8);
        Some(round_trip)
    }

    /// Weighted by 1/8 (RFC 6298 section 2): what requests are paced by.
    pub fn smoothed(&self) -> Option<Duration> {
        self.smoothed
    }
}

/// Reference times of receivers, to be answered with the next report (RFC 3611 section 4.5).
#[derive(Clone, Debug, Default)]
pub struct ReferenceTimes {
    /// By receiver: the middle of its time, and when it came.
    times: Vec<(Ssrc, u32, Instant)>,
}

impl ReferenceTimes {
    /// None came yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A receiver told its time.
    pub fn on_reference_time(&mut self, receiver: Ssrc, time: NtpTime, now: Instant) {
        self.times.retain(|(ssrc, ..)| *ssrc != receiver);
        if self.times.len() == RECEIVERS_MAX {
            self.times.remove(0);
        }
        self.times.push((receiver, time.middle(), now));
    }

    /// Appends an answer for each time that came since the last call.
    pub fn answers(&mut self, now: Instant, answers: &mut Vec<DlrrBlock>) {
        answers.extend(self.times.drain(..).map(|(ssrc, last_rr, at)| DlrrBlock {
            ssrc,
            last_rr,
            delay_since_last_rr: to_short(now.saturating_duration_since(at)),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtcp::ntp::NtpClock;
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    fn close(a: Duration, b: Duration) -> bool {
        a.abs_diff(b) < Duration::from_micros(50)
    }

    #[test]
    fn a_receiver_measures_by_its_reference_time() {
        let start = origin();
        // The clocks of both differ by an hour.
        let ours = NtpClock::new(start, Duration::from_secs(1_780_000_000));
        let mut peer = ReferenceTimes::new();
        let mut round_trip = RoundTrip::default();
        let mut answers = Vec::new();
        for (there, held, back) in [(20, 300, 30), (40, 5, 110)] {
            peer.on_reference_time(Ssrc(7), ours.at(start), start + there * MS);
            answers.clear();
            peer.answers(start + (there + held) * MS, &mut answers);
            let [answer] = answers[..] else { panic!("one receiver told its time") };
            assert_eq!(answer.ssrc, Ssrc(7));
            let now = ours.at(start + (there + held + back) * MS);
            let measured =
                round_trip.on_answer(now, answer.last_rr, answer.delay_since_last_rr).unwrap();
            assert!(close(measured, (there + back) * MS), "{measured:?}");
        }
        assert_eq!(round_trip.measurements, 2);
        assert!(close(round_trip.total, 200 * MS));
        assert!(close(round_trip.current.unwrap(), 150 * MS));
        assert!(close(round_trip.smoothed().unwrap(), 62_500 * MS / 1_000));
        answers.clear();
        peer.answers(start, &mut answers);
        assert!(answers.is_empty(), "a time is answered once");
    }

    #[test]
    fn answers_that_cannot_be_are_left_out() {
        let now = NtpTime::from_bits(1_000 << 32);
        let mut round_trip = RoundTrip::default();
        assert_eq!(round_trip.on_answer(now, 0, 0), None);
        assert_eq!(round_trip.on_answer(now, now.middle() - (61 << 16), 0), None);
        assert_eq!(round_trip.measurements, 0);
        let least = round_trip.on_answer(now, now.middle() + 5, 3).unwrap();
        assert!(least < MS, "less than nothing is nothing: {least:?}");
    }

    #[test]
    fn no_more_receivers_are_kept_than_may_be() {
        let mut times = ReferenceTimes::new();
        for ssrc in 0..100 {
            times.on_reference_time(Ssrc(ssrc), NtpTime::from_bits(1 << 32), origin());
        }
        let mut answers = Vec::new();
        times.answers(origin(), &mut answers);
        assert_eq!((answers.len(), answers[0].ssrc), (RECEIVERS_MAX, Ssrc(36)));
    }
}
