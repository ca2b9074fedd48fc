//! What a TCP sender knows of the segments on their way (RFC 6675, RFC 8985).

use std::collections::VecDeque;
use std::time::Duration;

use crate::cross::control::LostSegment;
use crate::cross::rate::{RateSampler, Sampled, Stamp};
use crate::time::Time;

/// A segment that was sent and not yet acknowledged with all before it.
#[derive(Clone, Copy, Debug)]
struct Outstanding {
    sequence: u64,
    length: u32,
    sent_at: Time,
    sacked: bool,
    lost: bool,
    retransmitted: bool,
    stamp: Stamp,
}

impl Outstanding {
    /// Lost, and not sent again.
    fn waits(&self) -> bool {
        self.lost && !self.retransmitted && !self.sacked
    }
}

/// How many outstanding segments are what.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// Taken to be in the network.
    pipe: u32,
    /// Waiting to be sent again.
    repairs: u32,
}

impl Tally {
    fn enter(&mut self, segment: &Outstanding) {
        self.pipe += u32::from(!segment.sacked && !segment.waits());
        self.repairs += u32::from(segment.waits());
    }

    fn leave(&mut self, segment: &Outstanding) {
        self.pipe -= u32::from(!segment.sacked && !segment.waits());
        self.repairs -= u32::from(segment.waits());
    }

    fn change(&mut self, segment: &mut Outstanding, change: impl FnOnce(&mut Outstanding)) {
        self.leave(segment);
        change(segment);
        self.enter(segment);
    }
}

/// Outstanding segments, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scoreboard {
    segments: VecDeque<Outstanding>,
    tally: Tally,
    /// When the latest sent of those that arrived was sent.
    latest_arrival: Time,
    /// How fast they arrive.
    rates: RateSampler,
}

/// What an acknowledgement brought.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// Segments that are now known to have arrived.
    pub(crate) delivered: u32,
    /// Bytes that the acknowledged part grew by.
    pub(crate) advanced: u64,
    /// A round-trip time, from the latest segment that was sent only once.
    pub(crate) rtt: Option<Duration>,
    /// How fast segments arrive.
    pub(crate) sampled: Sampled,
}

/// Segments that must have arrived above one for it to be lost (DupThresh).
const REORDERING_SEGMENTS: u32 = 3;

impl Scoreboard {
    /// The segments on their way or waiting to be sent again.
    pub(crate) fn len(&self) -> usize {
        self.segments.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Scoreboard::default();
    }

    /// Segments that have arrived.
    pub(crate) fn delivered(&self) -> u64 {
        self.rates.delivered()
    }

    /// There is nothing more to send for now.
    pub(crate) fn limit_by_application(&mut self) {
        let pipe = self.pipe();
        self.rates.limit_by_application(pipe);
    }

    /// Segments that are taken to be in the network.
    pub(crate) fn pipe(&self) -> u32 {
        self.tally.pipe
    }

    /// A new segment was sent.
    pub(crate) fn sent(&mut self, sequence: u64, length: u32, now: Time) {
        let stamp = self.rates.on_send(self.pipe(), now);
        let segment = Outstanding {
            sequence,
            length,
            sent_at: now,
            sacked: false,
            lost: false,
            retransmitted: false,
            stamp,
        };
        self.tally.enter(&segment);
        self.segments.push_back(segment);
    }

    /// Whether a lost segment waits to be sent again.
    pub(crate) fn has_repairs(&self) -> bool {
        self.tally.repairs > 0
    }

    /// The first lost segment that was not sent again; it is now.
    pub(crate) fn retransmit(&mut self, now: Time) -> Option<(u64, u32)> {
        if !self.has_repairs() {
            return None;
        }
        let stamp = self.rates.on_send(self.pipe(), now);
        let segment = self.segments.iter_mut().find(|segment| segment.waits())?;
        self.tally.change(segment, |segment| segment.retransmitted = true);
        (segment.sent_at, segment.stamp) = (now, stamp);
        Some((segment.sequence, segment.length))
    }

    /// Takes in an acknowledgement: everything before `next`, and the blocks.
    pub(crate) fn acknowledge(&mut self, next: u64, sacked: &[(u64, u64)], now: Time) -> Progress {
        let mut progress = Progress::default();
        let mut sample: Option<Time> = None;
        while let Some(segment) = self.segments.front() {
            if segment.sequence + u64::from(segment.length) > next {
                break;
            }
            let segment = self.segments.pop_front().expect("it was just looked at");
            self.tally.leave(&segment);
            progress.advanced += u64::from(segment.length);
            progress.delivered += u32::from(!segment.sacked);
            if !segment.sacked {
                self.latest_arrival = self.latest_arrival.max(segment.sent_at);
                self.rates.on_delivered(segment.stamp, segment.sent_at, now);
                sample = sample.max((!segment.retransmitted).then_some(segment.sent_at));
            }
        }
        for &(start, end) in sacked {
            let first = self.segments.partition_point(|s| s.sequence < start);
            for segment in self.segments.range_mut(first..) {
                if segment.sequence + u64::from(segment.length) > end {
                    break;
                }
                if !segment.sacked {
                    self.tally.change(segment, |segment| segment.sacked = true);
                    progress.delivered += 1;
                    self.latest_arrival = self.latest_arrival.max(segment.sent_at);
                    self.rates.on_delivered(segment.stamp, segment.sent_at, now);
                    sample = sample.max((!segment.retransmitted).then_some(segment.sent_at));
                }
            }
        }
        progress.rtt = sample.map(|sent_at| now.since(sent_at));
        if let Some(rtt) = progress.rtt {
            self.rates.on_rtt(rtt);
        }
        progress.sampled = self.rates.sample();
        progress
    }

    /// Marks what must be lost, and tells what newly is.
    ///
    /// A segment is lost when three above it have arrived, one that was sent again when one sent a
    /// quarter of a round trip later has (RFC 8985's idea).
    pub(crate) fn detect_losses(&mut self, rtt: Option<Duration>, now: Time) -> Vec<LostSegment> {
        let (mut above, mut found) = (0, Vec::new());
        let window = rtt.unwrap_or(Duration::ZERO) / 4;
        for segment in self.segments.iter_mut().rev() {
            if segment.sacked {
                above += 1;
            } else if segment.retransmitted {
                if segment.sent_at + window < self.latest_arrival {
                    self.tally.change(segment, |segment| segment.retransmitted = false);
                    found.push(self.rates.on_lost(segment.stamp, now));
                }
            } else if above >= REORDERING_SEGMENTS && !segment.lost {
                self.tally.change(segment, |segment| segment.lost = true);
                found.push(self.rates.on_lost(segment.stamp, now));
            }
        }
        found
    }

    /// The timer ran out: everything that has not arrived is lost.
    pub(crate) fn lose_all(&mut self, now: Time) {
        for segment in &mut self.segments {
            if !segment.sacked && !segment.waits() {
                self.rates.on_lost(segment.stamp, now);
            }
            self.tally.change(segment, |segment| {
                segment.lost = !segment.sacked;
                segment.retransmitted = false;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(count: u64) -> Scoreboard {
        let mut board = Scoreboard::default();
        for i in 0..count {
            board.sent(i * 100, 100, Time::from_millis(i));
        }
        board
    }

    #[test]
    fn three_arrivals_above_make_a_loss() {
        let mut board = board(10);
        let now = Time::from_millis(50);
        let progress = board.acknowledge(100, &[(200, 400)], now);
        assert_eq!((progress.delivered, progress.advanced), (3, 100));
        assert_eq!(progress.rtt, Some(Duration::from_millis(47)));
        assert!(board.detect_losses(None, now).is_empty());
        board.acknowledge(100, &[(200, 500)], now);
        assert_eq!(board.detect_losses(None, now).len(), 1);
        assert_eq!(board.pipe(), 5, "500 to 900 are on their way, 100 is lost");
        assert_eq!(board.retransmit(now), Some((100, 100)));
        assert_eq!((board.retransmit(now), board.pipe()), (None, 6));
        let progress = board.acknowledge(500, &[], now);
        assert_eq!((progress.delivered, progress.rtt), (1, None), "sent twice: no sample");
    }

    #[test]
    fn a_lost_retransmission_is_found_by_later_arrivals() {
        let mut board = board(5);
        let rtt = Some(Duration::from_millis(40));
        board.acknowledge(0, &[(100, 500)], Time::from_millis(50));
        assert_eq!(board.detect_losses(rtt, Time::ZERO).len(), 1);
        board.retransmit(Time::from_millis(50));
        board.sent(500, 100, Time::from_millis(61));
        assert!(board.detect_losses(rtt, Time::ZERO).is_empty());
        board.acknowledge(0, &[(100, 600)], Time::from_millis(100));
        assert_eq!(
            board.detect_losses(rtt, Time::ZERO).len(),
            1,
            "one sent 11 ms later has arrived"
        );
        assert_eq!(board.retransmit(Time::from_millis(100)), Some((0, 100)));
    }

    #[test]
    fn a_timeout_loses_all_but_what_arrived() {
        let mut board = board(4);
        board.acknowledge(0, &[(200, 300)], Time::from_millis(50));
        board.lose_all(Time::from_millis(60));
        assert_eq!(board.pipe(), 0);
        let sent: Vec<_> = std::iter::from_fn(|| board.retransmit(Time::from_millis(60))).collect();
        assert_eq!(sent, [(0, 100), (100, 100), (300, 100)]);
    }
}
