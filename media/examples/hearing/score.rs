//! What was heard, and how good it was.

use lapwing_engine::MediaTime;
use lapwing_media::{AudioReceiver, HearingSettings, Samples, resample};

use crate::line::{self, Arrival};

/// What a receiver made of the clip.
#[derive(Default)]
pub(crate) struct Heard {
    /// At 48 kHz.
    pub(crate) data: Vec<f32>,
    pub(crate) concealed: usize,
    /// Mean time from arrival to playout.
    pub(crate) delay_ms: f64,
    /// Of 150 ms and more.
    pub(crate) interruptions: usize,
}

/// The clip, and what the longest delay adds.
pub(crate) const SECONDS: f64 = 10.3;

/// Through the receiver that adapts.
pub(crate) fn adaptive(arrivals: Vec<Arrival>) -> Heard {
    listen(HearingSettings::mono(), arrivals)
}

/// Without the network that makes up what is lost.
pub(crate) fn shallow(arrivals: Vec<Arrival>) -> Heard {
    listen(HearingSettings { deep_concealment: false, ..HearingSettings::mono() }, arrivals)
}

fn listen(settings: HearingSettings, arrivals: Vec<Arrival>) -> Heard {
    let heard = line::listen_with(&mut AudioReceiver::new(settings), arrivals, SECONDS);
    let stats = heard.last();
    Heard {
        concealed: stats.concealed_samples as usize,
        delay_ms: heard.delay_ms(0.0, 11.0),
        interruptions: stats.interruption_count as usize,
        data: heard.data,
    }
}

pub(crate) struct Scored {
    pub(crate) pesq: f64,
    pub(crate) concealed_percent: f64,
    pub(crate) delay_ms: f64,
    pub(crate) interruptions: f64,
    /// What was sent, without headers of packets.
    pub(crate) kbps: f64,
}

pub(crate) struct Scorer {
    clip: Vec<i16>,
}

impl Scorer {
    /// Compares with this speech at 16 kHz.
    pub(crate) fn new(clip: &Samples) -> Self {
        Scorer { clip: clip.to_i16() }
    }

    pub(crate) fn score(&self, heard: &Heard) -> Scored {
        let samples = heard.data.len().max(1) as f64;
        let data = Samples::new(heard.data.clone(), 48_000, 1, MediaTime::new(0, 48_000));
        let narrow = resample(&data.expect("mono is a format"), 16_000).expect("rates exist");
        let pesq = pesq::pesq_wb(&self.clip, &narrow.to_i16()).map_or(f64::NAN, f64::from);
        Scored {
            pesq,
            concealed_percent: heard.concealed as f64 * 100.0 / samples,
            delay_ms: heard.delay_ms,
            interruptions: heard.interruptions as f64,
            kbps: 0.0,
        }
    }
}
