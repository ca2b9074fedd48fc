//! Concealment of codecs without memory: what was heard last, again and softer.

use std::time::Duration;

use lapwing_engine::MediaTime;

use crate::codecs::MAX_CONCEALED;
use crate::samples::Samples;

/// The last samples heard, of one channel, and when the next one is due.
#[derive(Debug)]
pub(crate) struct Fade {
    rate: u32,
    last: Vec<f32>,
    next: MediaTime,
}

impl Fade {
    /// Nothing was heard yet, at `rate` samples per second.
    pub(crate) fn new(rate: u32) -> Self {
        Fade { rate, last: Vec::new(), next: MediaTime::new(0, rate) }
    }

    /// A decoded frame that begins at `time`, as samples.
    pub(crate) fn heard(&mut self, linear: &[i16], time: MediaTime) -> Samples {
        let time = time.rebase(self.rate);
        let samples = Samples::from_i16(linear, self.rate, 1, time).expect("mono is a format");
        self.last = samples.data().to_vec();
        self.next = MediaTime::new(time.ticks().saturating_add(linear.len() as u64), self.rate);
        samples
    }

    /// Samples for a frame that is missing.
    pub(crate) fn conceal(&mut self, span: Duration) -> Samples {
        let frames = MediaTime::from_duration(span.min(MAX_CONCEALED), self.rate).ticks() as usize;
        if self.last.is_empty() {
            self.last.push(0.0);
        }
        // Repeating halves the level each time, so a longer loss fades to silence.
        let data: Vec<f32> = self.last.iter().cycle().take(frames).map(|s| s * 0.5).collect();
        let samples = Samples::new(data, self.rate, 1, self.next).expect("mono is a format");
        self.next = MediaTime::new(self.next.ticks().saturating_add(frames as u64), self.rate);
        self.last.iter_mut().for_each(|sample| *sample *= 0.5);
        samples
    }
}
