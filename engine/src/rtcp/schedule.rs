//! When reports are due (RFC 3550 section 6.2, as WebRTC uses it: at fixed intervals, since a
//! connection has two ends and its RTCP is a small share of what flows).

use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;

use crate::entropy::Draws;

/// Time between reports where only sound flows.
pub const REPORT_INTERVAL_AUDIO: Duration = Duration::from_secs(5);
/// Time between reports where pictures flow.
pub const REPORT_INTERVAL_VIDEO: Duration = Duration::from_secs(1);

/// The time of the next report. Each interval is drawn from half to one and a half times its length
/// (RFC 3550 section 6.3.1), so that reports of many do not fall together; the first is halved.
#[derive(Clone, Debug)]
pub struct ReportSchedule {
    interval: Duration,
    draws: Draws,
    due_at: Instant,
}

impl ReportSchedule {
    /// A schedule that begins now.
    pub fn new(interval: Duration, rng: ChaCha20Rng, now: Instant) -> Self {
        let mut schedule = ReportSchedule { interval, draws: Draws::of(&rng), due_at: now };
        schedule.due_at = now + schedule.draw() / 2;
        schedule
    }

    /// Other media flow now. A report that is due later than it could be by then comes earlier.
    pub fn set_interval(&mut self, interval: Duration, now: Instant) {
        if interval != self.interval {
            self.interval = interval;
            let at = now + self.draw();
            self.bring_forward(at);
        }
    }

    /// When the next report is due.
    pub fn due_at(&self) -> Instant {
        self.due_at
    }

    /// A report is due.
    pub fn is_due(&self, now: Instant) -> bool {
        now >= self.due_at
    }

    /// The next report goes at this time, where it would go later: feedback waits for it, or a
    /// stream began.
    pub fn bring_forward(&mut self, at: Instant) {
        self.due_at = self.due_at.min(at);
    }

    /// A report went, whether it was due or not.
    pub fn on_sent(&mut self, now: Instant) {
        self.due_at = now + self.draw();
    }

    fn draw(&mut self) -> Duration {
        let share = f64::from(self.draws.next_u32()) / f64::from(u32::MAX);
        self.interval.mul_f64(0.5 + share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn intervals_vary_around_their_length() {
        let mut now = origin();
        let rng = ChaCha20Rng::from_seed([3; 32]);
        let mut schedule = ReportSchedule::new(REPORT_INTERVAL_VIDEO, rng, now);
        let first = schedule.due_at() - now;
        assert!(first >= Duration::from_millis(250) && first <= Duration::from_millis(750));
        let mut intervals = Vec::new();
        for _ in 0..1_000 {
            schedule.on_sent(now);
            intervals.push(schedule.due_at() - now);
            now = schedule.due_at();
            assert!(schedule.is_due(now) && !schedule.is_due(now - Duration::from_nanos(1)));
        }
        let (least, most) = (intervals.iter().min().unwrap(), intervals.iter().max().unwrap());
        assert!(*least >= Duration::from_millis(500) && *least < Duration::from_millis(510));
        assert!(*most <= Duration::from_millis(1_500) && *most > Duration::from_millis(1_490));
        let mean = intervals.iter().sum::<Duration>() / 1_000;
        assert!(mean > Duration::from_millis(970) && mean < Duration::from_millis(1_030));
    }

    #[test]
    fn feedback_and_pictures_bring_it_forward() {
        let now = origin();
        let rng = ChaCha20Rng::from_seed([3; 32]);
        let mut schedule = ReportSchedule::new(REPORT_INTERVAL_AUDIO, rng, now);
        schedule.on_sent(now);
        schedule.set_interval(REPORT_INTERVAL_VIDEO, now);
        assert!(schedule.due_at() <= now + Duration::from_millis(1_500));
        schedule.bring_forward(now + Duration::from_millis(20));
        assert_eq!(schedule.due_at(), now + Duration::from_millis(20));
        schedule.bring_forward(now + Duration::from_secs(3));
        assert_eq!(schedule.due_at(), now + Duration::from_millis(20));
    }
}
