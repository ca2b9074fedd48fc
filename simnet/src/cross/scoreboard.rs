//! What a TCP sender knows of the segments on their way (RFC 6675, RFC 8985).

use std::collections::VecDeque;
use std::time::Duration;

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
}

/// Outstanding segments, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scoreboard {
    segments: VecDeque<Outstanding>,
    /// When the latest sent of those that arrived was sent.
    latest_arrival: Time,
}

/// What an acknowledgement brought.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Progress {
    /// Segments that are now known to have arrived.
    pub(crate) delivered: u32,
    /// Bytes that the acknowledged part grew by.
    pub(crate) advanced: u64,
    /// A round-trip time, from the latest segment that was sent only once.
    pub(crate) rtt: Option<Duration>,
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

    pub(crate) fn clear(&mut self) {
        self.segments.clear();
    }

    /// Segments that are taken to be in the network.
    pub(crate) fn pipe(&self) -> u32 {
        let inside = |s: &&Outstanding| !s.sacked && (!s.lost || s.retransmitted);
        self.segments.iter().filter(inside).count() as u32
    }

    /// A new segment was sent.
    pub(crate) fn sent(&mut self, sequence: u64, length: u32, now: Time) {
        self.segments.push_back(Outstanding {
            sequence,
            length,
            sent_at: now,
            sacked: false,
            lost: false,
            retransmitted: false,
        });
    }

    /// The first lost segment that was not sent again; it is now.
    pub(crate) fn retransmit(&mut self, now: Time) -> Option<(u64, u32)> {
        let waits = |s: &&mut Outstanding| s.lost && !s.retransmitted && !s.sacked;
        let segment = self.segments.iter_mut().find(waits)?;
        segment.retransmitted = true;
        segment.sent_at = now;
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
            progress.advanced += u64::from(segment.length);
            progress.delivered += u32::from(!segment.sacked);
            if !segment.sacked {
                self.latest_arrival = self.latest_arrival.max(segment.sent_at);
                sample = sample.max((!segment.retransmitted).then_some(segment.sent_at));
            }
        }
        for &(start, end) in sacked {
            let first = self.segments.partition_point(|s| s.sequence < start);
            for segment in self.segments.range_mut(first..) {
                if segment.sequence + u64::from(segment.length) > end {
                    break;
                }
                if !std::mem::replace(&mut segment.sacked, true) {
                    progress.delivered += 1;
                    self.latest_arrival = self.latest_arrival.max(segment.sent_at);
                    sample = sample.max((!segment.retransmitted).then_some(segment.sent_at));
                }
            }
        }
        progress.rtt = sample.map(|sent_at| now.since(sent_at));
        progress
    }

    /// Marks what must be lost; true when something newly is.
    ///
    /// A segment is lost when three above it have arrived, one that was sent again when one sent a
    /// quarter of a round trip later has (RFC 8985's idea).
    pub(crate) fn detect_losses(&mut self, rtt: Option<Duration>) -> bool {
        let (mut above, mut found) = (0, false);
        let window = rtt.unwrap_or(Duration::ZERO) / 4;
        for segment in self.segments.iter_mut().rev() {
            if segment.sacked {
                above += 1;
            } else if segment.retransmitted {
                if segment.sent_at + window < self.latest_arrival {
                    segment.retransmitted = false;
                    found = true;
                }
            } else if above >= REORDERING_SEGMENTS && !segment.lost {
                segment.lost = true;
                found = true;
            }
        }
        found
    }

    /// The timer ran out: everything that has not arrived is lost.
    pub(crate) fn lose_all(&mut self) {
        for segment in &mut self.segments {
            segment.lost = !segment.sacked;
            segment.retransmitted = false;
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
        assert!(!board.detect_losses(None));
        board.acknowledge(100, &[(200, 500)], now);
        assert!(board.detect_losses(None));
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
        assert!(board.detect_losses(rtt));
        board.retransmit(Time::from_millis(50));
        board.sent(500, 100, Time::from_millis(61));
        assert!(!board.detect_losses(rtt));
        board.acknowledge(0, &[(100, 600)], Time::from_millis(100));
        assert!(board.detect_losses(rtt), "one sent 11 ms later has arrived");
        assert_eq!(board.retransmit(Time::from_millis(100)), Some((0, 100)));
    }

    #[test]
    fn a_timeout_loses_all_but_what_arrived() {
        let mut board = board(4);
        board.acknowledge(0, &[(200, 300)], Time::from_millis(50));
        board.lose_all();
        assert_eq!(board.pipe(), 0);
        let sent: Vec<_> = std::iter::from_fn(|| board.retransmit(Time::from_millis(60))).collect();
        assert_eq!(sent, [(0, 100), (100, 100), (300, 100)]);
    }
}
