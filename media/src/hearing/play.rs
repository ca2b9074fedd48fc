//! Decoded sound: what was played last, and what will be next.

use super::settings::{MS, PULL};

/// Played sound that is kept, to go on from: two periods of the lowest voice and a template.
pub(super) const HISTORY: usize = 60 * MS as usize;

/// Played sound is thrown away when so much more than [`HISTORY`] is there.
const SLACK: usize = 10 * PULL;

/// Interleaved samples. Positions and lengths count samples of one channel.
#[derive(Debug)]
pub(super) struct Play {
    data: Vec<f32>,
    channels: usize,
    /// The next sample to be played.
    at: usize,
}

impl Play {
    /// Begins with silence behind it.
    pub(super) fn new(channels: usize) -> Self {
        let mut data = Vec::with_capacity((HISTORY + SLACK + 40 * PULL) * channels);
        data.resize(HISTORY * channels, 0.0);
        Play { data, channels, at: HISTORY }
    }

    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Samples that wait to be played.
    pub(super) fn future(&self) -> usize {
        self.data.len() / self.channels - self.at
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        self.data.extend_from_slice(samples);
    }

    /// Plays as many as fill `into`; silence where there are too few.
    pub(super) fn take(&mut self, into: &mut [f32]) {
        let from = self.at * self.channels;
        let count = into.len().min(self.data.len() - from);
        into[..count].copy_from_slice(&self.data[from..from + count]);
        into[count..].fill(0.0);
        self.at += count / self.channels;
        if self.at > HISTORY + SLACK {
            self.data.drain(..(self.at - HISTORY) * self.channels);
            self.at = HISTORY;
        }
    }

    /// All that there is, and the place of the next sample to be played in it.
    pub(super) fn all(&self) -> (&[f32], usize) {
        (&self.data, self.at)
    }

    /// Takes out `count` samples that were to be played next, fading from what they begin with to
    /// what follows them over as much as `fade`.
    pub(super) fn cut(&mut self, count: usize, fade: usize) {
        let (from, to) = (self.at * self.channels, (self.at + count) * self.channels);
        let fade = fade.min(self.future() - count) * self.channels;
        for index in 0..fade {
            let share = share(index / self.channels, fade / self.channels);
            let old = self.data[from + index];
            self.data[to + index] = old + (self.data[to + index] - old) * share;
        }
        self.data.drain(from..to);
    }

    /// Plays the last `count` samples again, fading to them from what was to be played next over
    /// as much as `fade`.
    pub(super) fn repeat(&mut self, count: usize, fade: usize) {
        let (from, at) = ((self.at - count) * self.channels, self.at * self.channels);
        let (fade, length) = (fade.min(count).min(self.future()) * self.channels, at - from);
        let end = self.data.len();
        self.data.resize(end + length, 0.0);
        self.data.copy_within(from..end, at);
        for index in 0..fade {
            let share = share(index / self.channels, fade / self.channels);
            // What was to be played next stands behind the repetition now.
            let old = self.data[at + length + index];
            self.data[at + index] = old + (self.data[at + index] - old) * share;
        }
    }
}

/// How much of the new is in the sample at `index` of a fade.
pub(super) fn share(index: usize, fade: usize) -> f32 {
    (index + 1) as f32 / (fade + 1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(play: &mut Play, count: usize) -> Vec<f32> {
        let mut into = vec![0.0; count];
        play.take(&mut into);
        into
    }

    #[test]
    fn what_is_pushed_is_played_then_silence() {
        let mut play = Play::new(2);
        play.push(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(play.future(), 2);
        assert_eq!(played(&mut play, 6), [1.0, 2.0, 3.0, 4.0, 0.0, 0.0]);
        assert_eq!(play.future(), 0);
    }

    #[test]
    fn a_cut_and_a_repetition_of_a_period_change_nothing_but_the_length() {
        let wave = |index: usize| [0.0, 1.0, 2.0, 1.0][index % 4];
        let mut play = Play::new(1);
        play.push(&(0..400).map(wave).collect::<Vec<_>>());
        played(&mut play, 100);
        play.cut(8, 8);
        assert_eq!(play.future(), 292);
        play.repeat(12, 12);
        assert_eq!(play.future(), 304);
        assert_eq!(played(&mut play, 304), (0..304).map(wave).collect::<Vec<_>>());
    }

    #[test]
    fn memory_is_bounded() {
        let mut play = Play::new(1);
        for _ in 0..1_000 {
            play.push(&[0.5; PULL]);
            played(&mut play, PULL);
        }
        assert!(play.data.len() <= HISTORY + SLACK + PULL);
    }
}
