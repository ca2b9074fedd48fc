//! A room that is made up: noise, echoes, and how much of either is left. Same seed, same room.

use lapwing_engine::MediaTime;
use lapwing_media::{Samples, resample};

/// The rate that processing works at, in Hz.
pub(crate) const RATE: u32 = 48_000;

/// Random numbers by xorshift (Marsaglia 2003).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0.0 up to 1.0.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Of mean zero and variance one: the sum of twelve even ones is close enough to a Gaussian.
    pub(crate) fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }
}

/// A path from a loudspeaker to a microphone: direct sound after a delay, then reflections whose
/// signs and times are random and whose strength decays, as sparse ("velvet") noise; both an image
/// source and a measured response look like it from afar.
pub(crate) struct Room {
    /// Samples at 16 kHz, and strength.
    taps: Vec<(usize, f32)>,
}

impl Room {
    /// A room with this delay of the direct sound and this time to decay by 60 dB, both in
    /// milliseconds, that makes sound quieter by `loss_db` in all.
    pub(crate) fn new(seed: u64, delay_ms: usize, decay_ms: usize, loss_db: f32) -> Self {
        let mut random = Random::new(seed);
        let direct = delay_ms * 16;
        let mut taps = vec![(direct, 1.0)];
        // A reflection each millisecond.
        for index in 1..decay_ms {
            let at = direct + index * 16 + (random.next() % 16) as usize;
            let decay = 10.0_f32.powf(-3.0 * index as f32 / decay_ms as f32);
            let sign = if random.next().is_multiple_of(2) { 0.4 } else { -0.4 };
            taps.push((at, sign * decay));
        }
        let power: f32 = taps.iter().map(|tap| tap.1 * tap.1).sum();
        let scale = 10.0_f32.powf(-loss_db / 20.0) / power.sqrt();
        taps.iter_mut().for_each(|tap| tap.1 *= scale);
        Room { taps }
    }

    /// What the microphone hears of sound at 16 kHz.
    pub(crate) fn echo(&self, played: &[f32]) -> Vec<f32> {
        let mut heard = vec![0.0; played.len()];
        for &(delay, strength) in &self.taps {
            for (to, from) in heard.iter_mut().skip(delay).zip(played) {
                *to += from * strength;
            }
        }
        heard
    }
}

/// White noise of this level.
pub(crate) fn noise(seed: u64, length: usize, dbfs: f32) -> Vec<f32> {
    let mut random = Random::new(seed);
    let scale = 10.0_f32.powf(dbfs / 20.0);
    (0..length).map(|_| random.normal() * scale).collect()
}

/// Many voices at once: the same clip from six places, the power of each alike.
pub(crate) fn babble(speech: &[f32], dbfs: f32) -> Vec<f32> {
    let mut sum = vec![0.0; speech.len()];
    for voice in 0..6 {
        let from = speech.len() * (2 * voice + 1) / 13;
        let turned = speech[from..].iter().chain(&speech[..from]);
        sum.iter_mut().zip(turned).for_each(|(sum, sample)| *sum += sample);
    }
    at_level(&sum, dbfs)
}

/// The same sound with this root mean square over all of it.
pub(crate) fn at_level(sound: &[f32], dbfs: f32) -> Vec<f32> {
    let factor = 10.0_f32.powf((dbfs - rms_db(sound) as f32) / 20.0);
    sound.iter().map(|sample| sample * factor).collect()
}

/// The sum of two sounds, as long as the first.
pub(crate) fn mix(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b.iter().chain(std::iter::repeat(&0.0))).map(|(a, b)| a + b).collect()
}

/// Root mean square in dB below full scale.
pub(crate) fn rms_db(sound: &[f32]) -> f64 {
    let squares: f64 = sound.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    10.0 * (squares / sound.len().max(1) as f64).max(1e-12).log10()
}

/// Root mean square, in dB below full scale, of the frames of 20 ms in which there is speech:
/// those that are no more than 30 dB below the loudest.
pub(crate) fn speech_db(sound: &[f32], rate: u32) -> f64 {
    let frames = || sound.chunks_exact(rate as usize / 50);
    let loudest = frames().map(rms_db).fold(f64::NEG_INFINITY, f64::max);
    let active: Vec<f32> =
        frames().filter(|frame| rms_db(frame) > loudest - 30.0).flatten().copied().collect();
    rms_db(&active)
}

/// Segmental signal-to-noise ratio in dB: the mean over frames of 20 ms with speech of the ratio of
/// `clean` to its difference from `other`, each held between -10 and 35 dB (Hansen and Pellom
/// 1998).
pub(crate) fn segmental_snr(clean: &[f32], other: &[f32], rate: u32) -> f64 {
    let length = rate as usize / 50;
    let frames = || clean.chunks_exact(length).zip(other.chunks_exact(length));
    let loudest = frames().map(|(clean, _)| rms_db(clean)).fold(f64::NEG_INFINITY, f64::max);
    let ratios: Vec<f64> = frames()
        .filter(|(clean, _)| rms_db(clean) > loudest - 30.0)
        .map(|(clean, other)| {
            let difference: Vec<f32> = clean.iter().zip(other).map(|(a, b)| a - b).collect();
            (rms_db(clean) - rms_db(&difference)).clamp(-10.0, 35.0)
        })
        .collect();
    ratios.iter().sum::<f64>() / ratios.len().max(1) as f64
}

/// Sound of 16 kHz at the rate that is processed.
pub(crate) fn wide(sound: &[f32]) -> Vec<f32> {
    let samples = Samples::new(sound.to_vec(), 16_000, 1, MediaTime::new(0, 16_000));
    let samples = samples.expect("one channel at 16 kHz");
    resample(&samples, RATE).expect("both rates exist").into_data()
}

/// Sound at the rate that is processed, as devices give it: 10 ms each.
pub(crate) fn blocks(sound: &[f32]) -> impl Iterator<Item = Samples> + '_ {
    let length = RATE as usize / 100;
    sound.chunks_exact(length).enumerate().map(move |(index, data)| {
        let time = MediaTime::new((index * length) as u64, RATE);
        Samples::new(data.to_vec(), RATE, 1, time).expect("one channel at 48 kHz")
    })
}
