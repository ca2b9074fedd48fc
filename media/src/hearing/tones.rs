//! Telephone events (RFC 4733), played as the two tones of each key (ITU-T Q.23).

use std::collections::VecDeque;

use super::settings::{MS, RATE};

/// Events that may wait: keys come one after the other.
const MAX_EVENTS: usize = 8;

/// An event of which no end was heard goes on for so long after the last update: those come every
/// 50 ms at the latest (RFC 4733 section 2.5.1.2).
const GRACE: i64 = 60 * MS;

/// A tone begins and ends within 2 ms, without a click.
const RAMP: i64 = 2 * MS;

const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// Row and column of the events 0 to 9, star, hash, A to D.
const KEYS: [(usize, usize); 16] = [
    (3, 1),
    (0, 0),
    (0, 1),
    (0, 2),
    (1, 0),
    (1, 1),
    (1, 2),
    (2, 0),
    (2, 1),
    (2, 2),
    (3, 0),
    (3, 2),
    (0, 3),
    (1, 3),
    (2, 3),
    (3, 3),
];

#[derive(Clone, Copy, Debug)]
struct Event {
    start: i64,
    key: (usize, usize),
    /// Of each of the two tones.
    amplitude: f32,
    /// When it ends, as far as is known.
    end: i64,
}

/// Events in order of their start.
#[derive(Debug)]
pub(super) struct Tones {
    events: VecDeque<Event>,
}

/// Not the payload of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotAKey;

impl Tones {
    pub(super) fn new() -> Self {
        Tones { events: VecDeque::with_capacity(MAX_EVENTS) }
    }

    /// Takes the payload of a packet that began at `start`, with durations on a clock of `rate`.
    pub(super) fn push(&mut self, payload: &[u8], start: i64, rate: u32) -> Result<(), NotAKey> {
        let &[event, flags, high, low, ..] = payload else { return Err(NotAKey) };
        let &key = KEYS.get(usize::from(event)).ok_or(NotAKey)?;
        let ticks = i64::from(u16::from_be_bytes([high, low]));
        let duration = ticks * i64::from(RATE) / i64::from(rate.max(1));
        let ended = flags & 0x80 != 0;
        let end = start + duration + if ended { 0 } else { GRACE };
        let amplitude = 0.5 * 10_f32.powf(-f32::from(flags & 0x3f) / 20.0);
        if let Some(known) = self.events.iter_mut().find(|known| known.start == start) {
            known.end = if ended { end } else { known.end.max(end) };
            return Ok(());
        }
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
        }
        let place = self.events.partition_point(|known| known.start < start);
        self.events.insert(place, Event { start, key, amplitude, end });
        Ok(())
    }

    /// When the first event begins that has not ended at `time`.
    pub(super) fn first(&mut self, time: i64) -> Option<i64> {
        while self.events.front().is_some_and(|event| event.end <= time) {
            self.events.pop_front();
        }
        self.events.front().map(|event| event.start)
    }

    /// Puts `count` samples of each channel, the first at `time`, behind those in `into`.
    pub(super) fn make(&self, time: i64, count: usize, channels: usize, into: &mut Vec<f32>) {
        for time in time..time + count as i64 {
            let sample = self.events.front().map_or(0.0, |event| event.sample(time));
            into.extend(std::iter::repeat_n(sample, channels));
        }
    }

    pub(super) fn clear(&mut self) {
        self.events.clear();
    }
}

impl Event {
    fn sample(&self, time: i64) -> f32 {
        let edge = (time - self.start).min(self.end - time).clamp(0, RAMP);
        let seconds = (time - self.start) as f64 / f64::from(RATE) * std::f64::consts::TAU;
        let wave = (LOW[self.key.0] * seconds).sin() + (HIGH[self.key.1] * seconds).sin();
        wave as f32 * self.amplitude * edge as f32 / RAMP as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_sounds_until_its_end() {
        let mut tones = Tones::new();
        assert_eq!(tones.push(&[5, 10, 0, 160], 1_000, 8_000), Ok(()));
        assert_eq!(tones.push(&[5, 0x80 | 10, 3, 32], 1_000, 8_000), Ok(()));
        assert_eq!(tones.first(1_000), Some(1_000));
        let mut made = Vec::new();
        tones.make(1_000, 4_900, 1, &mut made);
        let power = |frequency: f64| {
            let (mut sine, mut cosine) = (0.0, 0.0);
            for (index, sample) in made[..4_800].iter().enumerate() {
                let phase = index as f64 / 48_000.0 * std::f64::consts::TAU * frequency;
                sine += f64::from(*sample) * phase.sin();
                cosine += f64::from(*sample) * phase.cos();
            }
            (sine * sine + cosine * cosine).sqrt() / 2_400.0
        };
        for (frequency, there) in [(770.0, true), (1_336.0, true), (697.0, false), (1_477.0, false)]
        {
            assert_eq!(power(frequency) > 0.1, there, "{frequency}: {}", power(frequency));
        }
        assert!(made[4_800..].iter().all(|sample| *sample == 0.0));
        assert_eq!(tones.first(1_000 + 4_800), None);
    }

    #[test]
    fn what_is_no_key_is_refused_and_memory_is_bounded() {
        let mut tones = Tones::new();
        assert_eq!(tones.push(&[16, 0, 0, 1], 0, 8_000), Err(NotAKey));
        assert_eq!(tones.push(&[1, 0, 0], 0, 8_000), Err(NotAKey));
        for start in 0..100 {
            assert_eq!(tones.push(&[1, 0, 255, 255], start, 0), Ok(()));
        }
        assert_eq!(tones.events.len(), MAX_EVENTS);
    }
}
