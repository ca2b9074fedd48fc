//! Streaming over HTTP: segments of a ladder of rates, a pause while the player's buffer is full.
//!
//! The last acknowledgement of a segment arrives when a request for the next would, which the
//! player sends when the last byte is there. So requests need no packets of their own.

use std::time::Duration;

use crate::time::Time;

/// The most rates of a ladder.
pub const LADDER_RATES_MAX: usize = 32;

/// A player as its server sees it. All segments come over one connection.
#[derive(Clone, Debug)]
pub struct Dash {
    segment: Duration,
    /// Bits per second, rising.
    ladder: Vec<u64>,
    buffer_max: Duration,
    /// Media that waits to be played, at `at`.
    buffer: Duration,
    at: Time,
    /// Bits per second, smoothed.
    throughput: Option<f64>,
    /// The segment that is being sent: its bits, and when it was asked for.
    asked: Option<(f64, Time)>,
    playback: Playback,
}

/// What a player has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Playback {
    /// Segments that arrived.
    pub segments: u64,
    /// Time in which nothing was there to be played, after the first segment.
    pub stalled: Duration,
    /// Bits of media that arrived.
    pub bits: f64,
}

/// Of the throughput, what a rate may be: the margin that players keep.
const MARGIN: f64 = 0.8;
/// What the throughput of the latest segment weighs.
const WEIGHT: f64 = 0.4;

impl Dash {
    /// Segments of so much media in one of the ladder's rates (bits per second); the player asks
    /// while less than `buffer_max` would wait to be played. Of the ladder, the first
    /// [`LADDER_RATES_MAX`] rates count.
    pub fn new(segment: Duration, ladder: &[u64], buffer_max: Duration) -> Self {
        let mut ladder: Vec<u64> = ladder.iter().copied().take(LADDER_RATES_MAX).collect();
        ladder.sort_unstable();
        Dash {
            segment: segment.max(Duration::from_millis(1)),
            ladder,
            buffer_max,
            buffer: Duration::ZERO,
            at: Time::ZERO,
            throughput: None,
            asked: None,
            playback: Playback::default(),
        }
    }

    /// What its player has seen.
    pub fn playback(&self) -> Playback {
        self.playback
    }

    /// Bytes of the segment that is asked for now: of the greatest rate well below the throughput.
    pub(crate) fn ask(&mut self, now: Time) -> u64 {
        let fits = self.throughput.unwrap_or(0.0) * MARGIN;
        let fitting = self.ladder.iter().rev().find(|rate| **rate as f64 <= fits);
        let rate = fitting.or(self.ladder.first()).copied().unwrap_or(1);
        let bits = (rate as f64 * self.segment.as_secs_f64()).max(8.0);
        self.asked = Some((bits, now));
        (bits / 8.0) as u64
    }

    /// The segment arrived; when the next is asked for.
    pub(crate) fn arrived(&mut self, now: Time) -> Time {
        if let Some((bits, since)) = self.asked.take() {
            let rate = bits / now.since(since).as_secs_f64().max(1e-6);
            let before = self.throughput.unwrap_or(rate);
            self.throughput = Some(before + WEIGHT * (rate - before));
            self.play(now);
            self.buffer += self.segment;
            self.playback.segments += 1;
            self.playback.bits += bits;
        }
        let over = (self.buffer + self.segment).saturating_sub(self.buffer_max);
        now + over.min(self.buffer)
    }

    /// Plays until now.
    fn play(&mut self, now: Time) {
        let passed = now.since(self.at);
        if self.playback.segments > 0 {
            self.playback.stalled += passed.saturating_sub(self.buffer);
        }
        self.buffer = self.buffer.saturating_sub(passed);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dash() -> Dash {
        let second = Duration::from_secs(1);
        Dash::new(2 * second, &[4_000_000, 1_000_000, 2_000_000], 8 * second)
    }

    /// Segments over a path of so many bits per second until `seconds`; the rate of the last.
    fn play(dash: &mut Dash, bps: f64, seconds: u64) -> f64 {
        let mut now = dash.at;
        let mut rate = 0.0;
        while now < Time::from_secs(seconds) {
            let bytes = dash.ask(now) as f64;
            rate = bytes * 8.0 / 2.0;
            now += Duration::from_secs_f64(bytes * 8.0 / bps);
            now = dash.arrived(now);
        }
        rate
    }

    #[test]
    fn it_climbs_the_ladder_and_rests_with_a_full_buffer() {
        let mut dash = dash();
        assert_eq!(play(&mut dash, 4_000_000.0, 60), 2_000_000.0, "4 leave no margin");
        assert_eq!(dash.playback().stalled, Duration::ZERO);
        // As much arrives as is played, and the buffer.
        assert!((30..=36).contains(&dash.playback().segments), "{:?}", dash.playback());
    }

    #[test]
    fn too_slow_a_path_stalls_it_at_the_lowest_rate() {
        let mut dash = dash();
        assert_eq!(play(&mut dash, 500_000.0, 60), 1_000_000.0);
        // Half of the time there is nothing to play.
        let stalled = dash.playback().stalled.as_secs_f64();
        assert!((24.0..32.0).contains(&stalled), "{stalled} s");
    }

    #[test]
    fn a_ladder_without_rates_is_one_of_a_byte() {
        let mut dash = Dash::new(Duration::ZERO, &[], Duration::ZERO);
        assert_eq!(dash.ask(Time::ZERO), 1);
    }
}
