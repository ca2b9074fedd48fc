//! When frames of a layer are, beside those of the others: each has media times of its own.

use std::time::{Duration, Instant};

use lapwing_engine::MediaTime;

/// Clocks drift: the least is that of the last one or two of these.
const LEAST_OVER: Duration = Duration::from_secs(15);

/// Times of the forwarder begin here, so that one that came early has a place too.
const LEAD_TICKS: i64 = 10 * MediaTime::VIDEO_RATE as i64;

/// Reads media times of a layer as times of arrival: its frames come as soon as they can, but for
/// what they wait on the way. So the least time from one to the other tells both apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeline {
    base: Instant,
    /// When the least was taken anew, and what it was before.
    since: Option<Instant>,
    before: Option<i64>,
    least: Option<i64>,
}

impl Timeline {
    /// Counts from this moment on: the same for all layers of a track.
    pub(super) fn new(base: Instant) -> Self {
        Timeline { base, since: None, before: None, least: None }
    }

    /// A frame has arrived.
    pub(super) fn arrived(&mut self, time: MediaTime, at: Instant) {
        let since = *self.since.get_or_insert(at);
        if at.saturating_duration_since(since) >= LEAST_OVER {
            self.before = self.least.take();
            self.since = Some(at);
        }
        let shift = ticks_between(self.base, at) - ticks(time);
        self.least = Some(self.least.map_or(shift, |least| least.min(shift)));
    }

    /// What to add to its media times, in ticks of 90 kHz.
    pub(super) fn shift(&self) -> i64 {
        let least = self.before.into_iter().chain(self.least).min();
        least.unwrap_or(0) + LEAD_TICKS
    }
}

/// Media time in ticks of 90 kHz.
pub(super) fn ticks(time: MediaTime) -> i64 {
    i64::try_from(time.rebase(MediaTime::VIDEO_RATE).ticks()).unwrap_or(i64::MAX / 2)
}

fn ticks_between(base: Instant, at: Instant) -> i64 {
    let rate = f64::from(MediaTime::VIDEO_RATE);
    let after = at.saturating_duration_since(base).as_secs_f64();
    let before = base.saturating_duration_since(at).as_secs_f64();
    ((after - before) * rate) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ticks: u64) -> MediaTime {
        MediaTime::new(ticks, MediaTime::VIDEO_RATE)
    }

    #[test]
    fn layers_with_times_of_their_own_meet() {
        let base = Instant::now();
        let mut layers = [Timeline::new(base), Timeline::new(base)];
        let first = [1_000_000, 77];
        // Frames wait up to 30 ms, now one layer longer and now the other.
        for n in 0..100_u64 {
            for (place, layer) in layers.iter_mut().enumerate() {
                let wait = (n * 7 + 13 * place as u64) % 31;
                let now = base + Duration::from_millis(40 * n + wait);
                layer.arrived(at(first[place] + 3_600 * n), now);
            }
        }
        let shown = [0, 1].map(|place| layers[place].shift() + first[place] as i64);
        assert!(shown[0].abs_diff(shown[1]) < 90, "within a millisecond: {shown:?}");
        assert!(shown[0].abs_diff(LEAD_TICKS) < 90);
    }

    #[test]
    fn a_clock_that_drifts_is_followed() {
        let base = Instant::now();
        let mut layer = Timeline::new(base);
        // One part in a thousand slow: in 100 s, 100 ms.
        for n in 0..2_500_u64 {
            layer.arrived(at(3_600 * n * 999 / 1_000), base + Duration::from_millis(40 * n));
        }
        let behind = layer.shift() - LEAD_TICKS;
        assert!(
            (5_400..9_000).contains(&behind),
            "{behind} ticks of the 9,000 that it fell behind"
        );
    }
}
