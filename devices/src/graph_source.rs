//! Sound of a track through a graph of the Web Audio API.

use std::fmt;
use std::time::Instant;

use lapwing_media::files::FileError;
use lapwing_media::processing::AudioGraph;
use lapwing_media::sources::AudioSource;
use lapwing_media::{Polled, Samples, Source};

/// What a graph makes of a source, as a source: a `MediaStreamAudioSourceNode`, the graph, and a
/// `MediaStreamAudioDestinationNode`.
///
/// ```
/// use std::time::{Duration, Instant};
/// use lapwing_devices::constraints::StreamConstraints;
/// use lapwing_devices::{AudioGraphSource, MediaDevices, Permission, backends::Generated};
/// use lapwing_media::processing::AudioGraph;
/// use lapwing_media::processing::web_audio_api::context::BaseAudioContext;
/// use lapwing_media::processing::web_audio_api::node::{AudioNode, BiquadFilterType};
/// use lapwing_media::{Source, quality::level};
///
/// let mut devices = MediaDevices::builder()
///     .backend(Generated::with_tone(1_000.0))
///     .permission(|_| Permission::Granted)
///     .build();
/// let stream = devices.get_user_media(&StreamConstraints::audio())?;
/// let microphone = stream.audio().and_then(|track| track.audio_source()).expect("sound");
///
/// let graph = AudioGraph::new(Duration::from_millis(20), |context, source| {
///     let mut filter = context.create_biquad_filter();
///     filter.set_type(BiquadFilterType::Highpass);
///     filter.frequency().set_value(10_000.0);
///     let gain = context.create_gain();
///     gain.gain().set_value(0.5);
///     source.connect(&filter);
///     filter.connect(&gain);
///     gain.connect(&context.destination());
/// });
/// let mut source = AudioGraphSource::new(microphone, graph);
/// let start = Instant::now();
/// source.poll(start);
/// let sound = source.poll(start + Duration::from_millis(20)).item().expect("it is due");
/// // The tone is at -23 dB; a high-pass at 10 kHz leaves little of 1 kHz.
/// assert!(level(&sound).rms_dbfs < -60.0);
/// # Ok::<(), lapwing_devices::MediaError>(())
/// ```
pub struct AudioGraphSource<S> {
    source: S,
    graph: AudioGraph,
}

impl<S: AudioSource> AudioGraphSource<S> {
    /// `source` through `graph`.
    pub fn new(source: S, graph: AudioGraph) -> Self {
        AudioGraphSource { source, graph }
    }
}

impl<S: AudioSource> Source for AudioGraphSource<S> {
    type Output = Samples;

    fn poll(&mut self, now: Instant) -> Polled<Samples> {
        // Sound that is too long for the graph, a minute and a half at once, passes as it is.
        self.source.poll(now).map(|sound| self.graph.process(&sound).unwrap_or(sound))
    }
}

impl<S: AudioSource> AudioSource for AudioGraphSource<S> {
    fn rate(&self) -> u32 {
        self.source.rate()
    }

    fn channels(&self) -> u8 {
        self.source.channels()
    }

    fn fault(&self) -> Option<&FileError> {
        self.source.fault()
    }
}

impl<S: fmt::Debug> fmt::Debug for AudioGraphSource<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioGraphSource").field("source", &self.source).finish_non_exhaustive()
    }
}
