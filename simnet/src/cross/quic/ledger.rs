//! QUIC packets on their way, and which of them are lost (RFC 9002 section 6.1).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cross::control::LostSegment;
use crate::cross::quic::packet::AckFrame;
use crate::cross::rate::{RateSampler, Sampled, Stamp};
use crate::time::Time;

/// A part of the stream: offset and length.
pub(super) type Part = (u64, u32);

/// A packet that is neither acknowledged nor lost.
#[derive(Clone, Copy, Debug)]
struct Sent {
    part: Part,
    sent_at: Time,
    stamp: Stamp,
}

/// Packets by their numbers, none of which is used twice.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    sent: BTreeMap<u64, Sent>,
    /// The next packet's number.
    next: u64,
    highest_acknowledged: Option<u64>,
    /// When the latest sent of those that arrived was sent.
    latest_arrival: Option<Time>,
    /// When a packet becomes lost for the time since it was sent.
    loss_at: Option<Time>,
    rates: RateSampler,
}

/// What an acknowledgement brought.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrivals {
    pub(super) parts: Vec<Part>,
    /// From the sending of the highest to now, if that is newly acknowledged.
    pub(super) rtt: Option<Duration>,
    pub(super) sampled: Sampled,
}

/// A packet that is newly taken for lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost {
    pub(super) number: u64,
    pub(super) part: Part,
    pub(super) sent_at: Time,
    pub(super) told: LostSegment,
}

/// Packets that must have arrived above one for it to be lost (kPacketThreshold).
const PACKET_THRESHOLD: u64 = 3;

impl Ledger {
    /// Packets on their way.
    pub(super) fn in_flight(&self) -> usize {
        self.sent.len()
    }

    /// Packets that have arrived.
    pub(super) fn delivered(&self) -> u64 {
        self.rates.delivered()
    }

    /// When the latest sent of those that arrived was sent.
    pub(super) fn latest_arrival(&self) -> Option<Time> {
        self.latest_arrival
    }

    /// When a packet becomes lost although nothing more arrives.
    pub(super) fn loss_at(&self) -> Option<Time> {
        self.loss_at
    }

    /// The part that was sent first of those on their way.
    pub(super) fn oldest(&self) -> Option<Part> {
        self.sent.first_key_value().map(|(_, sent)| sent.part)
    }

    /// There is nothing more to send for now.
    pub(super) fn limit_by_application(&mut self) {
        let pipe = self.sent.len() as u32;
        self.rates.limit_by_application(pipe);
    }

    /// A packet is sent; its number.
    pub(super) fn send(&mut self, part: Part, now: Time) -> u64 {
        let stamp = self.rates.on_send(self.sent.len() as u32, now);
        let number = self.next;
        self.next += 1;
        self.sent.insert(number, Sent { part, sent_at: now, stamp });
        number
    }

    /// Takes in an acknowledgement. What was never sent is passed over.
    pub(super) fn acknowledge(&mut self, frame: &AckFrame, now: Time) -> Arrivals {
        let mut arrivals = Arrivals::default();
        let highest = frame.ranges.first().map(|(_, end)| end - 1).filter(|n| *n < self.next);
        for &(start, end) in &frame.ranges {
            while let Some((&number, &sent)) = self.sent.range(start..end).next() {
                self.sent.remove(&number);
                self.latest_arrival = self.latest_arrival.max(Some(sent.sent_at));
                self.rates.on_delivered(sent.stamp, sent.sent_at, now);
                arrivals.parts.push(sent.part);
                if Some(number) == highest {
                    arrivals.rtt = Some(now.since(sent.sent_at));
                }
            }
        }
        self.highest_acknowledged = self.highest_acknowledged.max(highest);
        if let Some(rtt) = arrivals.rtt {
            self.rates.on_rtt(rtt);
        }
        arrivals.sampled = self.rates.sample();
        arrivals
    }

    /// Takes out what is lost: three later ones have arrived, or one later and `delay` is over
    /// since it was sent. In the order of their numbers.
    pub(super) fn detect_losses(&mut self, delay: Duration, now: Time) -> Vec<Lost> {
        self.loss_at = None;
        let Some(highest) = self.highest_acknowledged else { return Vec::new() };
        let mut lost = Vec::new();
        for (&number, sent) in self.sent.range(..highest) {
            let due = sent.sent_at + delay;
            if highest - number >= PACKET_THRESHOLD || due <= now {
                let told = self.rates.on_lost(sent.stamp, now);
                lost.push(Lost { number, part: sent.part, sent_at: sent.sent_at, told });
            } else {
                // The first that is not lost was sent before the others.
                self.loss_at = Some(due);
                break;
            }
        }
        for one in &lost {
            self.sent.remove(&one.number);
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Duration = Duration::from_millis(45);

    fn ledger(count: u64) -> Ledger {
        let mut ledger = Ledger::default();
        for number in 0..count {
            let sent = ledger.send((number * 100, 100), Time::from_millis(number));
            assert_eq!(sent, number);
        }
        ledger
    }

    fn frame(ranges: &[(u64, u64)]) -> AckFrame {
        AckFrame { ranges: ranges.to_vec(), ..AckFrame::default() }
    }

    fn numbers(lost: &[Lost]) -> Vec<u64> {
        lost.iter().map(|lost| lost.number).collect()
    }

    #[test]
    fn three_later_arrivals_or_nine_eighths_of_a_round_trip_make_a_loss() {
        let (mut ledger, now) = (ledger(6), Time::from_millis(44));
        let arrivals = ledger.acknowledge(&frame(&[(4, 5), (0, 1)]), now);
        assert_eq!(arrivals.parts, [(400, 100), (0, 100)]);
        assert_eq!(arrivals.rtt, Some(Duration::from_millis(40)));
        assert_eq!(numbers(&ledger.detect_losses(DELAY, now)), [1]);
        assert_eq!(ledger.loss_at(), Some(Time::from_millis(47)), "2 was sent at 2 ms");
        assert_eq!(numbers(&ledger.detect_losses(DELAY, Time::from_millis(47))), [2]);
        assert_eq!(numbers(&ledger.detect_losses(DELAY, Time::from_millis(48))), [3]);
        assert_eq!((ledger.loss_at(), ledger.in_flight()), (None, 1), "5 may still arrive");
    }

    #[test]
    fn what_was_told_before_or_never_sent_changes_nothing() {
        let (mut ledger, now) = (ledger(3), Time::from_millis(40));
        ledger.acknowledge(&frame(&[(0, 3)]), now);
        let again = ledger.acknowledge(&frame(&[(0, 3)]), now);
        assert_eq!((again.parts.len(), again.rtt, ledger.delivered()), (0, None, 3));
        ledger.send((300, 100), now);
        ledger.acknowledge(&frame(&[(1_000, u64::MAX)]), now);
        assert_eq!(numbers(&ledger.detect_losses(DELAY, now)), [0; 0]);
    }
}
