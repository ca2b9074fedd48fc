//! How late frames are by their own time.

use std::time::{Duration, Instant};

/// The least of so long is told, twice over: what a queue adds for a moment is not lateness.
const WINDOW: Duration = Duration::from_secs(5);

/// Arrivals beside the times that frames carry.
#[derive(Debug, Default)]
pub(super) struct Lateness {
    /// Arrival and time of the first frame.
    first: Option<(Instant, Duration)>,
    /// When the window at hand began.
    since: Option<Instant>,
    /// The least of the window before, and of the one at hand, in milliseconds.
    least: [Option<f64>; 2],
}

impl Lateness {
    pub(super) fn on_frame(&mut self, received_at: Instant, time: Duration) {
        let (first_at, first_time) = *self.first.get_or_insert((received_at, time));
        let since = *self.since.get_or_insert(received_at);
        if received_at.saturating_duration_since(since) >= WINDOW {
            self.since = Some(received_at);
            self.least = [self.least[1], None];
        }
        let arrived = received_at.saturating_duration_since(first_at).as_secs_f64();
        let late = (arrived - (time.as_secs_f64() - first_time.as_secs_f64())) * 1_000.0;
        self.least[1] = Some(self.least[1].map_or(late, |least| least.min(late)));
    }

    /// How much later than the first the frames of the last ten seconds came, at the least.
    pub(super) fn ms(&self) -> Option<f64> {
        self.least.into_iter().flatten().reduce(f64::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ten_seconds_count() {
        let start = Instant::now();
        let mut lateness = Lateness::default();
        let mut frame = |ms: u64, late: u64| {
            lateness.on_frame(start + Duration::from_millis(ms + late), Duration::from_millis(ms));
            lateness.ms().expect("a frame came").round()
        };
        assert_eq!(frame(0, 0), 0.0);
        assert_eq!(frame(4_000, 30), 0.0, "the first is among them");
        assert_eq!(frame(8_000, 40), 0.0);
        assert_eq!(frame(14_000, 50), 40.0);
        assert_eq!(frame(16_000, 30), 30.0);
    }
}
