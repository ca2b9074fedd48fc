//! Sound made up for what did not come, out of the last period of what did.

use super::noise::{NOISE_RMS, Noise};
use super::pitch::{LONGEST, SHORTEST, TEMPLATE, search};
use super::play::{Play, share};
use super::settings::MS;

/// As loud as before for so long, and faded to the background's noise at the second: a vowel lasts
/// longer than 20 ms, and rarely more than 200.
const PERIOD_FADE: (usize, usize) = (20 * MS as usize, 220 * MS as usize);

/// The same for what a decoder makes up, which fades by itself too.
const DECODER_FADE: (usize, usize) = (200 * MS as usize, 1_000 * MS as usize);

/// From here to there the background's noise fades too: the sender is gone.
const NOISE_FADE: (usize, usize) = (1_000 * MS as usize, 2_000 * MS as usize);

/// A step between what was heard and the period fades within 2 ms.
const STEP_FADE: usize = 2 * MS as usize;

/// Periods that agree less than this are those of a hiss: the longest hums least.
const VOICED: f32 = 0.5;

/// Repeats the last period of what was played.
#[derive(Debug)]
pub(super) struct Expander {
    channels: usize,
    /// Interleaved.
    period: Vec<f32>,
    /// Of each channel, what the last sample had more than the one a period before it.
    step: Vec<f32>,
    /// The next of the period, in samples of a channel.
    at: usize,
    /// How much was made since the start.
    made: usize,
    noise: Noise,
}

impl Expander {
    pub(super) fn new(channels: usize) -> Self {
        Expander {
            channels,
            period: Vec::with_capacity(LONGEST * channels),
            step: Vec::with_capacity(channels),
            at: 0,
            made: 0,
            noise: Noise::new(),
        }
    }

    /// Goes on from the end of what is to be played, of which `made` samples were made up already.
    pub(super) fn start(&mut self, play: &Play, made: usize) {
        let (data, _) = play.all();
        let channels = self.channels;
        let end = data.len() / channels;
        let template = end.saturating_sub(TEMPLATE);
        let start = template.saturating_sub(LONGEST);
        let found = search(data, channels, template, start, 0..=LONGEST - SHORTEST);
        let length = match found {
            Some(found) if found.correlation >= VOICED => LONGEST - found.shift,
            _ => LONGEST,
        };
        let from = end.saturating_sub(length) * channels;
        self.period.clear();
        self.period.extend_from_slice(&data[from..]);
        self.smooth(&data[..from]);
        let before = from.saturating_sub(channels);
        self.step.clear();
        let last = data.iter().skip(end.saturating_sub(1) * channels);
        self.step.extend(last.zip(&data[before..]).take(channels).map(|(a, b)| a - b));
        (self.at, self.made) = (0, made);
    }

    /// Puts `count` samples of each channel behind those in `into`, over a background of this
    /// level.
    pub(super) fn make(&mut self, count: usize, floor: f32, into: &mut Vec<f32>) {
        let length = (self.period.len() / self.channels).max(1);
        for index in 0..count {
            let made = self.made + index;
            let gain = fade(made, PERIOD_FADE);
            let step = fade(self.at + index, (0, STEP_FADE));
            let noise = background(made, gain, floor) * self.noise.next();
            let place = (self.at + index) % length * self.channels;
            for channel in 0..self.channels {
                let sample = self.period.get(place + channel).copied().unwrap_or(0.0);
                let sample = sample + self.step.get(channel).copied().unwrap_or(0.0) * step;
                into.push(sample * gain + noise);
            }
        }
        self.at += count;
        self.made += count;
    }

    /// Fades what a decoder made up, of which the first sample is the `made`-th.
    pub(super) fn fade(&mut self, samples: &mut [f32], made: usize, floor: f32) {
        for (index, frame) in samples.chunks_mut(self.channels).enumerate() {
            let gain = fade(made + index, DECODER_FADE);
            let noise = background(made + index, gain, floor) * self.noise.next();
            frame.iter_mut().for_each(|sample| *sample = *sample * gain + noise);
        }
    }

    /// Leads the end of the period over to its beginning, by what was heard `before` it.
    fn smooth(&mut self, before: &[f32]) {
        let channels = self.channels;
        let fade = (self.period.len() / channels / 4 * channels).min(before.len());
        let (start, from) = (self.period.len() - fade, before.len() - fade);
        for index in 0..fade {
            let share = share(index / channels, fade / channels);
            let old = self.period[start + index];
            self.period[start + index] = old + (before[from + index] - old) * share;
        }
    }
}

/// How loud the sample at `made` is, of what fades between two places.
fn fade(made: usize, (from, to): (usize, usize)) -> f32 {
    1.0 - (made.clamp(from, to) - from) as f32 / (to - from) as f32
}

/// How loud noise is, where sound has this gain.
fn background(made: usize, gain: f32, floor: f32) -> f32 {
    (1.0 - gain) * floor / NOISE_RMS * fade(made, NOISE_FADE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hearing::noise::rms;

    #[test]
    fn a_tone_goes_on_fades_and_ends() {
        let wave = |index: usize| (index as f32 * std::f32::consts::TAU / 240.0).sin() * 0.5;
        let mut play = Play::new(1);
        play.push(&(0..3_000).map(wave).collect::<Vec<_>>());
        let mut expander = Expander::new(1);
        expander.start(&play, 0);
        let mut made = Vec::new();
        (0..250).for_each(|_| expander.make(480, 0.001, &mut made));
        for (index, sample) in made[..900].iter().enumerate() {
            assert!((sample - wave(3_000 + index)).abs() < 0.02, "{index}: {sample}");
        }
        let level = |ms: usize| rms(&made[ms * 48..(ms + 20) * 48]);
        assert!((0.1..0.25).contains(&level(110)), "{}", level(110));
        assert!((0.0005..0.002).contains(&level(500)), "{}", level(500));
        assert_eq!(level(2_100), 0.0);
    }
}
