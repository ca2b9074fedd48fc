//! A buffer that evens out when things arrive.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use lapwing_engine::{EncodedFrame, MediaTime, ReceivedFrame};

use crate::picture::Picture;
use crate::samples::Samples;
use crate::stage::{Polled, Sink, Source};

/// Items with a place in media time.
pub trait Timed {
    /// When it is shown, or its first sample heard.
    fn time(&self) -> MediaTime;

    /// Says anew when.
    fn set_time(&mut self, time: MediaTime);

    /// How long it lasts, where it knows.
    fn length(&self) -> Option<Duration> {
        None
    }
}

impl Timed for Picture {
    fn time(&self) -> MediaTime {
        Picture::time(self)
    }

    fn set_time(&mut self, time: MediaTime) {
        Picture::set_time(self, time);
    }
}

impl Timed for Samples {
    fn time(&self) -> MediaTime {
        Samples::time(self)
    }

    fn set_time(&mut self, time: MediaTime) {
        Samples::set_time(self, time);
    }

    fn length(&self) -> Option<Duration> {
        Some(self.duration())
    }
}

impl Timed for EncodedFrame {
    fn time(&self) -> MediaTime {
        self.time
    }

    fn set_time(&mut self, time: MediaTime) {
        self.time = time;
    }
}

impl Timed for ReceivedFrame {
    fn time(&self) -> MediaTime {
        self.frame.time
    }

    fn set_time(&mut self, time: MediaTime) {
        self.frame.time = time;
    }
}

/// Most items held: half a minute of 20 ms packets. When it is full the oldest goes.
const MAX_ITEMS: usize = 1_500;

/// An item due this much later or earlier than now belongs to a clock that jumped: the buffer
/// starts anew with it.
const MAX_DISTANCE: Duration = Duration::from_secs(10);

/// What to do with an item that arrives after it was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatePolicy {
    /// Give it at once, if nothing after it was given: later pictures are decoded from it.
    Keep,
    /// Drop it: its sound was concealed already.
    Drop,
}

/// What happened to the items pushed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlayoutStats {
    /// Given out.
    pub played: u64,
    /// Arrived after they were due, whether given or dropped.
    pub late: u64,
    /// Dropped: too late, given already, or pushed out of a full buffer.
    pub dropped: u64,
    /// Times the buffer started anew because the sender's clock jumped.
    pub restarts: u64,
}

/// Holds each item until a fixed time after the moment it would have had on the path of the
/// first, and gives them in order of their time. It reads no clock.
///
/// ```
/// use std::time::{Duration, Instant};
/// use lapwing_engine::{Codec, EncodedFrame, MediaTime};
/// use lapwing_media::{LatePolicy, PlayoutBuffer, Polled, Source};
///
/// let frame = |ms: u64| EncodedFrame {
///     codec: Codec::Opus,
///     time: MediaTime::new(ms * 48, 48_000),
///     keyframe: true,
///     data: vec![0].into(),
/// };
/// let (start, ms) = (Instant::now(), Duration::from_millis);
/// let mut buffer = PlayoutBuffer::new(ms(60), LatePolicy::Drop);
/// buffer.push(frame(0), start);
/// buffer.push(frame(40), start + ms(40));
/// buffer.push(frame(20), start + ms(50)); // Overtaken, and in time for all that.
/// assert_eq!(buffer.poll(start), Polled::Wait(start + ms(60)));
/// assert_eq!(buffer.poll(start + ms(60)).item(), Some(frame(0)));
/// assert_eq!(buffer.poll(start + ms(90)).item(), Some(frame(20)));
/// ```
#[derive(Debug)]
pub struct PlayoutBuffer<T> {
    depth: Duration,
    late: LatePolicy,
    /// A moment and the media time that is due then.
    anchor: Option<(Instant, Duration)>,
    /// In order of time.
    items: VecDeque<T>,
    /// Media time of the last item given.
    last: Option<Duration>,
    stats: PlayoutStats,
}

impl<T: Timed> PlayoutBuffer<T> {
    /// A buffer that holds the first item for `depth`.
    pub fn new(depth: Duration, late: LatePolicy) -> Self {
        PlayoutBuffer {
            depth,
            late,
            anchor: None,
            items: VecDeque::new(),
            last: None,
            stats: PlayoutStats::default(),
        }
    }

    /// Takes an item that arrived at `now`.
    pub fn push(&mut self, item: T, now: Instant) {
        let time = item.time().as_duration();
        let due = match self.due(time) {
            Some(due) if distance(due, now) <= MAX_DISTANCE => due,
            known => {
                // The first item, or the first after the sender's clock jumped.
                self.stats.restarts += u64::from(known.is_some() || self.anchor.is_some());
                self.stats.dropped += self.items.len() as u64;
                self.items.clear();
                self.last = None;
                self.anchor = Some((now + self.depth, time));
                now + self.depth
            }
        };
        let late = due < now;
        self.stats.late += u64::from(late);
        let passed = self.last.is_some_and(|last| time <= last);
        let known = |held: &T| held.time().as_duration() == time;
        if passed || (late && self.late == LatePolicy::Drop) || self.items.iter().any(known) {
            self.stats.dropped += 1;
            return;
        }
        if self.items.len() == MAX_ITEMS {
            self.items.pop_front();
            self.stats.dropped += 1;
        }
        let place = self.items.partition_point(|held| held.time().as_duration() < time);
        self.items.insert(place, item);
    }

    /// Changes how long items are held, from now on: those that wait are due earlier or later.
    pub fn set_depth(&mut self, depth: Duration) {
        if let Some((at, _)) = &mut self.anchor {
            // Going back before the clock's own start leaves the anchor where it is.
            *at = at.checked_sub(self.depth).map_or(*at, |at| at + depth);
        }
        self.depth = depth;
    }

    /// What happened so far.
    pub fn stats(&self) -> PlayoutStats {
        self.stats
    }

    /// Items that wait.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// When what has this media time is due. `None` before the first item, or beyond all clocks.
    fn due(&self, time: Duration) -> Option<Instant> {
        let (at, anchor) = self.anchor?;
        match time.checked_sub(anchor) {
            Some(after) => at.checked_add(after),
            None => at.checked_sub(anchor - time),
        }
    }
}

fn distance(a: Instant, b: Instant) -> Duration {
    a.saturating_duration_since(b).max(b.saturating_duration_since(a))
}

impl<T: Timed> Source for PlayoutBuffer<T> {
    type Output = T;

    fn poll(&mut self, now: Instant) -> Polled<T> {
        let Some(item) = self.items.front() else { return Polled::Empty };
        let time = item.time().as_duration();
        let due = self.due(time).unwrap_or(now);
        if due > now {
            return Polled::Wait(due);
        }
        self.last = Some(time);
        self.stats.played += 1;
        self.items.pop_front().map_or(Polled::Empty, Polled::Item)
    }
}

impl<T: Timed> Sink for PlayoutBuffer<T> {
    type Input = T;
    type Error = Infallible;

    fn push(&mut self, item: T, now: Instant) -> Result<(), Infallible> {
        PlayoutBuffer::push(self, item, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
