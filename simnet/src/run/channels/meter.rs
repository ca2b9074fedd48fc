//! What is measured of a channel where its messages arrive.

use std::time::Duration;

use crate::run::{Histogram, Stamp};
use crate::time::Time;

/// Messages that arrived.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// From writing a message to its arrival; of requests, to that of the answer.
    pub(crate) latency: Histogram,
    pub(crate) messages: u64,
    /// Bytes that arrived before the traffic's end.
    bytes: u64,
    /// The first writing of those that arrived.
    begun: Option<Time>,
    /// One more than the greatest number that arrived.
    numbers: u64,
    /// When so much had arrived as was wanted.
    pub(crate) whole: Option<Time>,
}

impl Meter {
    /// A message arrived, of a transfer of `wanted` bytes that ends at `end`.
    pub(crate) fn arrived(
        &mut self,
        (stamp, bytes): (Stamp, usize),
        wanted: Option<u64>,
        end: Time,
        now: Time,
    ) {
        self.messages += 1;
        self.latency.add(now.since(stamp.written));
        self.numbers = self.numbers.max(stamp.number + 1);
        self.begun = Some(self.begun.map_or(stamp.written, |begun| begun.min(stamp.written)));
        if now <= end {
            self.bytes += bytes as u64;
        }
        if self.whole.is_none() && wanted.is_some_and(|wanted| self.bytes >= wanted) {
            self.whole = Some(now);
        }
    }

    /// Messages that never came though later ones did.
    pub(crate) fn lost(&self) -> u64 {
        self.numbers.saturating_sub(self.messages)
    }

    /// From the first writing until all of a transfer had arrived.
    pub(crate) fn completion(&self) -> Option<Duration> {
        Some(self.whole?.since(self.begun?))
    }

    /// Bits of messages in a second, from the first writing to the end, or until all was there.
    pub(crate) fn goodput_bps(&self, end: Time) -> f64 {
        let Some(begun) = self.begun else { return 0.0 };
        let time = self.whole.unwrap_or(end).since(begun).as_secs_f64();
        if time > 0.0 { (self.bytes as f64 * 8.0 / time).round() } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_when_its_last_byte_is() {
        let at = Time::from_millis;
        let mut meter = Meter::default();
        for number in [0, 1, 3] {
            let stamp = Stamp { number, written: at(100 * number + 1_000) };
            meter.arrived((stamp, 500), Some(1_500), at(9_000), at(100 * number + 1_050));
        }
        assert_eq!((meter.messages, meter.lost()), (3, 1));
        assert_eq!(meter.completion(), Some(Duration::from_millis(350)));
        assert_eq!(meter.goodput_bps(at(9_000)), (12_000.0_f64 / 0.35).round());
        let late = Stamp { number: 4, written: at(8_900) };
        meter.arrived((late, 500), None, at(9_000), at(9_001));
        assert_eq!((meter.bytes, meter.messages), (1_500, 4), "what is late is no goodput");
        assert_eq!(Meter::default().goodput_bps(at(1)), 0.0);
    }
}
