//! Noise that is the same every time, and how loud the background was.

/// White noise from -1 to 1: Marsaglia's xorshift generator (2003).
#[derive(Clone, Debug)]
pub(super) struct Noise(u32);

impl Noise {
    pub(super) const fn new() -> Self {
        Noise(0x2545_f491)
    }

    pub(super) fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Root of the mean square of such noise.
pub(super) const NOISE_RMS: f32 = 0.577_35;

/// Background louder than this (-40 dBFS) is no background.
const LOUDEST: f32 = 0.01;

/// How fast a floor that is too low rises with each 10 ms: 20 dB in 2.3 s.
const RISE: f32 = 1.01;

/// The level of the quietest sound of late.
#[derive(Clone, Debug)]
pub(super) struct Floor(f32);

impl Floor {
    pub(super) const fn new() -> Self {
        Floor(LOUDEST)
    }

    /// Listens to 10 ms.
    pub(super) fn hear(&mut self, samples: &[f32]) {
        // What is silent to the bit says nothing of a room.
        let level = rms(samples).max(1e-5);
        self.0 = (self.0 * RISE).min(level).min(LOUDEST);
    }

    pub(super) fn rms(&self) -> f32 {
        self.0
    }
}

/// How fast the loudest is forgotten with each 10 ms: 3 dB in 1.7 s.
const FALL: f32 = 0.998;

/// What is so much quieter than the loudest (-40 dB) is a pause.
const PAUSE: f32 = 0.01;

/// The level of the loudest sound of late.
#[derive(Clone, Debug)]
pub(super) struct Loudness(f32);

impl Loudness {
    pub(super) const fn new() -> Self {
        Loudness(0.0)
    }

    /// Listens to 10 ms.
    pub(super) fn hear(&mut self, samples: &[f32]) {
        self.0 = (self.0 * FALL).max(rms(samples));
    }

    /// Mean power of a pause.
    pub(super) fn quiet(&self) -> f32 {
        (self.0 * PAUSE).powi(2)
    }
}

pub(super) fn rms(samples: &[f32]) -> f32 {
    let sum: f32 = samples.iter().map(|sample| sample * sample).sum();
    (sum / samples.len().max(1) as f32).sqrt()
}
