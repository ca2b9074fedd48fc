//! Graphs of the Web Audio API over samples, by the crate `web-audio-api`.
//!
//! The crate's real-time context wants a sound card and a thread, and its offline context renders
//! once, over a length that is known. So each piece of sound is rendered by a graph of its own,
//! which hears a while of what was before first, so that its filters have their state. What comes
//! out is what one long graph gives, as long as no node remembers more than that while.

use std::fmt;
use std::time::Duration;

use lapwing_engine::MediaTime;
use web_audio_api::AudioBuffer;
use web_audio_api::context::{BaseAudioContext, OfflineAudioContext};
use web_audio_api::node::{AudioNode, AudioScheduledSourceNode};

use crate::samples::Samples;

/// Connects the node it is given, by any others, with the context's destination.
type Build = dyn FnMut(&OfflineAudioContext, &dyn AudioNode) + Send;

/// Samples through nodes of the Web Audio API, as `MediaStreamAudioSourceNode` has them in a
/// browser.
///
/// ```
/// use std::time::Duration;
/// use lapwing_engine::MediaTime;
/// use lapwing_media::Samples;
/// use lapwing_media::processing::AudioGraph;
/// use lapwing_media::processing::web_audio_api::context::BaseAudioContext;
/// use lapwing_media::processing::web_audio_api::node::AudioNode;
///
/// let mut graph = AudioGraph::new(Duration::from_millis(20), |context, source| {
///     let gain = context.create_gain();
///     gain.gain().set_value(0.5);
///     source.connect(&gain);
///     gain.connect(&context.destination());
/// });
/// let samples = Samples::new(vec![0.5; 480], 48_000, 1, MediaTime::new(0, 48_000))?;
/// assert_eq!(graph.process(&samples)?.data(), vec![0.25; 480]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AudioGraph {
    build: Box<Build>,
    memory: Duration,
    /// What was before, if the next samples follow on it.
    before: Option<Samples>,
}

/// Why samples were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphError {
    /// More than [`AudioGraph::MAX_PIECE`] at once.
    TooLong {
        /// Samples of one channel.
        frames: usize,
    },
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GraphError::TooLong { frames } => write!(f, "{frames} samples at once are too many"),
        }
    }
}

impl std::error::Error for GraphError {}

impl AudioGraph {
    /// Most samples of one channel at once: about a minute and a half at 48 kHz.
    pub const MAX_PIECE: usize = 1 << 22;

    /// Longest that is remembered.
    pub const MAX_MEMORY: Duration = Duration::from_secs(10);

    /// A graph that `build` makes, once for each piece of sound, and whose nodes remember sound
    /// for at most `memory`: a filter until it has died away, a delay for its time.
    pub fn new(
        memory: Duration,
        build: impl FnMut(&OfflineAudioContext, &dyn AudioNode) + Send + 'static,
    ) -> Self {
        AudioGraph { build: Box::new(build), memory: memory.min(Self::MAX_MEMORY), before: None }
    }

    /// What the graph makes of these samples: as many, of the same rate, channels and time.
    ///
    /// # Errors
    /// When there are too many at once.
    pub fn process(&mut self, samples: &Samples) -> Result<Samples, GraphError> {
        let frames = samples.frames();
        if frames > Self::MAX_PIECE {
            return Err(GraphError::TooLong { frames });
        }
        if frames == 0 {
            return Ok(samples.clone());
        }
        let rate = samples.rate();
        let before = self.before.take().filter(|before| follows(before, samples));
        let mut data = before.map_or_else(Vec::new, Samples::into_data);
        let channels = usize::from(samples.channels());
        let remembered = data.len() / channels;
        data.extend(samples.data().iter().map(|it| if it.is_finite() { *it } else { 0.0 }));
        let rendered = self.render(&data, channels, rate as f32);
        let mut out = samples.clone();
        let frame = |index: usize| remembered + index / channels;
        for (index, sample) in out.data_mut().iter_mut().enumerate() {
            let channel = index % channels.min(rendered.len().max(1));
            *sample = rendered.get(channel).map_or(0.0, |plane| plane[frame(index)]);
        }
        self.remember(data, samples);
        Ok(out)
    }

    /// Renders interleaved samples; gives the channels of the destination.
    fn render(&mut self, data: &[f32], channels: usize, rate: f32) -> Vec<Vec<f32>> {
        let length = data.len() / channels;
        let planes = (0..channels)
            .map(|channel| data.iter().skip(channel).step_by(channels).copied().collect());
        let mut context = OfflineAudioContext::new(channels, length, rate);
        let mut source = context.create_buffer_source();
        source.set_buffer(AudioBuffer::from(planes.collect(), rate));
        (self.build)(&context, &source);
        source.start();
        let rendered = context.start_rendering_sync();
        let planes = 0..rendered.number_of_channels();
        planes.map(|channel| rendered.get_channel_data(channel).to_vec()).collect()
    }

    /// Keeps the end of what was heard for the next piece.
    fn remember(&mut self, mut data: Vec<f32>, samples: &Samples) {
        let (rate, channels) = (samples.rate(), samples.channels());
        let kept = MediaTime::from_duration(self.memory, rate).ticks() as usize;
        let kept = kept.min(data.len() / usize::from(channels));
        data.drain(..data.len() - kept * usize::from(channels));
        let end = samples.time().rebase(rate).ticks().saturating_add(samples.frames() as u64);
        let start = MediaTime::new(end.saturating_sub(kept as u64), rate);
        self.before = Samples::new(data, rate, channels, start).ok();
    }
}

impl fmt::Debug for AudioGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioGraph").field("memory", &self.memory).finish_non_exhaustive()
    }
}

/// Whether `next` begins where `before` ends, within 10 ms.
fn follows(before: &Samples, next: &Samples) -> bool {
    let (rate, channels) = (before.rate(), before.channels());
    let end = before.time().ticks().saturating_add(before.frames() as u64);
    let start = next.time().rebase(rate).ticks();
    (rate, channels) == (next.rate(), next.channels())
        && end.abs_diff(start) < u64::from(rate) / 100
}
