//! How far behind the fastest frames pictures should be shown, from when frames are there.
//!
//! 1. A frame's transit is when it was whole minus its media time; the least of the last two
//!    seconds is the path at its fastest. A frame's lateness is its transit beyond that, less what
//!    its size explains (`sizes`).
//! 2. The largest lateness of each half second goes into a histogram that forgets; the target is
//!    its median, or a high quantile less what a picture may be late, whichever is longer: jitter
//!    is waited for, and what comes now and then may hold a picture somewhat longer. At the begin
//!    what the present half second has already counts too. Repairs are in it: a frame that waited
//!    for a packet to be sent again is late, and where that happens often pictures wait for it.
//! 3. An interval far above the others is an outage: a queue that fills because the path became
//!    slower, a moment without a network. Waiting would not make up for it, so that it is not
//!    counted, however many intervals it fills at once; unless there was another not long ago, or
//!    it goes on for so long that it is what is usual now.
//!
//! The first is the idea of libwebrtc's `modules/video_coding/timing` and its `jitter_estimator`,
//! which lets sizes explain delays and takes the noise that is left; that this is a quantile and
//! not a number of deviations, and the third, are ours, as in the receiver of sound.

use std::collections::VecDeque;

use super::lateness::Lateness;
use super::settings::{MS, SECOND};
use super::sizes::Sizes;

/// How long the fastest frame is remembered.
const WINDOW: i64 = 2 * SECOND;

/// Time in which nothing comes counts as so much at most: after an outage the fastest frame is not
/// one of those that waited for its end.
const APART_MAX: i64 = 100 * MS;

/// Most candidates for the fastest frame: two seconds of 120 frames, each slower than the one
/// before.
const MAX_CANDIDATES: usize = 240;

/// Over this time the largest lateness is one value of the histogram.
const INTERVAL: i64 = 500 * MS;

/// Half of a share is forgotten after 20 intervals: 10 s.
const FORGET: f64 = 0.966;

/// Share of the intervals in which no frame is late at all.
const MOST: f64 = 0.5;

/// Share of the intervals in which no frame is late by more than [`HELD`].
const NEARLY_ALL: f64 = 0.85;

/// What a picture may be late now and then: the one before it is shown for twice its time or
/// somewhat more, and kept back where that is longer (`gap`).
const HELD: i64 = 45 * MS;

/// An interval that lies so far above the estimate is an outage, not jitter.
const OUTAGE: i64 = 80 * MS;

/// Outages with fewer intervals between are what is usual: 10 s.
const OUTAGE_APART: u32 = 20;

/// So is one that lasts longer than so many intervals: 3 s, one more than the fastest frame is
/// remembered.
const OUTAGE_LASTS: u32 = 6;

/// Before so many intervals are known, the present one counts at once.
const KNOWN: u32 = 6;

/// What is waited for at most. A call in which frames are later than this is better off with
/// pictures that are not even.
const LATE_MAX: i64 = 400 * MS;

/// Before anything is known: most of a repair, as a call begins with probes that fill queues.
const FIRST_ESTIMATE: i64 = 100 * MS;

/// What is known of arrivals. All times are in microseconds.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    /// When frames were whole and their transit; transits grow, so the first is the least.
    fastest: VecDeque<(i64, i64)>,
    /// Time in which frames came, and when the last did.
    busy: (i64, i64),
    base: Option<i64>,
    sizes: Sizes,
    late: Lateness,
    /// When the interval began, and the largest lateness in it.
    interval: Option<(i64, i64)>,
    /// Intervals of the outage that lasts, and since the last one ended.
    outage: u32,
    calm: u32,
    estimate: i64,
}

impl Arrivals {
    pub(super) fn new() -> Self {
        Arrivals {
            fastest: VecDeque::with_capacity(MAX_CANDIDATES),
            busy: (0, 0),
            base: None,
            sizes: Sizes::new(),
            late: Lateness::new(FORGET),
            interval: None,
            outage: 0,
            calm: OUTAGE_APART,
            estimate: FIRST_ESTIMATE,
        }
    }

    /// A frame of this media time and so many bytes is whole.
    pub(super) fn arrived(&mut self, time: i64, bytes: usize, now: i64) {
        let transit = now - time;
        let base = self.fastest(transit, now);
        let explained = self.sizes.explained(bytes, transit, time);
        self.count((transit - base - explained).max(0), now);
    }

    /// The stream's time begins anew; what is known of the path stays.
    pub(super) fn restart(&mut self) {
        self.fastest.clear();
        self.base = None;
        self.interval = None;
        self.sizes.restart();
    }

    /// The transit of the fastest frames, once there was one.
    pub(super) fn base(&self) -> Option<i64> {
        self.base
    }

    /// How far behind them all but a few frames are.
    pub(super) fn estimate(&self) -> i64 {
        self.estimate
    }

    /// Remembers a transit and gives the least of the window.
    fn fastest(&mut self, transit: i64, now: i64) -> i64 {
        let (busy, last) = self.busy;
        let busy = busy + (now - last).clamp(0, APART_MAX);
        self.busy = (busy, now);
        while self.fastest.front().is_some_and(|(at, _)| busy - at > WINDOW) {
            self.fastest.pop_front();
        }
        while self.fastest.back().is_some_and(|(_, known)| *known >= transit) {
            self.fastest.pop_back();
        }
        if self.fastest.len() == MAX_CANDIDATES {
            self.fastest.pop_back();
        }
        self.fastest.push_back((busy, transit));
        let base = self.fastest.front().map_or(transit, |(_, transit)| *transit);
        self.base = Some(base);
        base
    }

    fn count(&mut self, late: i64, now: i64) {
        match &mut self.interval {
            Some((began, largest)) if now - *began < INTERVAL => *largest = late.max(*largest),
            interval => {
                if let Some((_, largest)) = interval.replace((now, late)) {
                    self.judge(largest);
                }
            }
        }
        self.estimate = self.usual();
        if self.late.added() < KNOWN {
            let present = self.interval.map_or(0, |(_, largest)| largest.min(LATE_MAX));
            let counts = !self.is_outage(present) || self.is_usual(self.outage + 1);
            self.estimate = if counts { self.estimate.max(present) } else { self.estimate };
        }
    }

    /// Counts the largest lateness of an interval, but for a lone outage.
    fn judge(&mut self, largest: i64) {
        let largest = largest.min(LATE_MAX);
        if self.is_outage(largest) {
            self.outage += 1;
            if self.is_usual(self.outage) {
                self.late.add(largest);
            }
            return;
        }
        self.late.add(largest);
        self.calm = if self.outage > 0 { 0 } else { self.calm.saturating_add(1) };
        self.outage = 0;
    }

    fn usual(&self) -> i64 {
        let all = self.late.quantile(NEARLY_ALL).unwrap_or(FIRST_ESTIMATE);
        let most = self.late.quantile(MOST).unwrap_or(FIRST_ESTIMATE);
        most.max(all - HELD)
    }

    fn is_outage(&self, late: i64) -> bool {
        late > self.usual() + OUTAGE
    }

    /// Whether an outage of so many intervals is what is usual here.
    fn is_usual(&self, intervals: u32) -> bool {
        self.calm < OUTAGE_APART || intervals > OUTAGE_LASTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames every 40 ms, the lateness and the bytes of each by its number.
    fn estimate(seconds: i64, frame: impl Fn(i64) -> (i64, usize)) -> i64 {
        let mut arrivals = Arrivals::new();
        for index in 0..25 * seconds {
            let time = index * 40 * MS;
            let (late_ms, bytes) = frame(index);
            arrivals.arrived(time, bytes, time + (50 + late_ms) * MS);
        }
        arrivals.estimate() / MS
    }

    #[test]
    fn a_steady_stream_has_the_least_delay() {
        assert_eq!(estimate(5, |_| (0, 2_000)), 5);
    }

    #[test]
    fn what_is_often_late_is_waited_for_and_what_is_late_now_and_then_nearly() {
        let late_every =
            |frames| estimate(30, |index| (if index % frames == 0 { 120 } else { 0 }, 2_000));
        assert_eq!(late_every(8), 125);
        assert_eq!(late_every(40), 125 - 45);
    }

    #[test]
    fn what_was_late_once_is_not() {
        assert_eq!(estimate(60, |index| (if index == 1_000 { 500 } else { 0 }, 2_000)), 5);
    }

    #[test]
    fn a_queue_that_fills_for_two_seconds_is_not_waited_for_but_what_stays_late_is() {
        let ramp =
            |index: i64| (if (500..550).contains(&index) { (index - 500) * 20 } else { 0 }, 2_000);
        assert_eq!(estimate(23, ramp), 5);
        // Every tenth frame, from the tenth second on.
        let stays = |index: i64| (if index > 250 && index % 10 == 0 { 150 } else { 0 }, 2_000);
        assert_eq!(estimate(30, stays), 155);
    }

    #[test]
    fn key_frames_every_second_are_no_jitter() {
        let key = |index: i64| if index % 25 == 24 { (144, 20_000) } else { (0, 2_000) };
        assert!(estimate(30, key) <= 20, "{}", estimate(30, key));
    }

    #[test]
    fn memory_is_bounded() {
        let mut arrivals = Arrivals::new();
        (0..100_000).for_each(|index| arrivals.arrived(0, 1, index));
        assert!(arrivals.fastest.len() <= MAX_CANDIDATES);
    }
}
