//! Echo, noise and what is below speech, by `sonora`.

use std::time::Duration;

use sonora::config::{
    EchoCanceller, HighPassFilter, MaxProcessingRate, NoiseSuppression, NoiseSuppressionLevel,
    Pipeline,
};
use sonora::{AudioProcessing, AudioProcessingStats, Config, StreamConfig};

use super::error::ProcessError;
use super::planar::{Block, FRAMES, RATE};
use super::settings::ProcessorSettings;

/// The library with both of its sides.
#[derive(Debug)]
pub(super) struct Canceller {
    library: AudioProcessing,
}

impl Canceller {
    pub(super) fn new(settings: &ProcessorSettings) -> Self {
        let format = StreamConfig::new(RATE, 1);
        let builder = AudioProcessing::builder().config(config(settings));
        Canceller { library: builder.capture_config(format).render_config(format).build() }
    }

    /// Changes what is done, from the next block on.
    pub(super) fn set(&mut self, settings: &ProcessorSettings) {
        self.library.apply_config(config(settings));
    }

    /// Takes a block that is played.
    pub(super) fn render(&mut self, mut block: Block) -> Result<(), ProcessError> {
        let format = format(&block);
        let source = block.clone();
        self.library
            .process_render_f32_with_config(
                &source.planes(),
                &format,
                &format,
                &mut block.planes_mut(),
            )
            .map_err(|error| ProcessError::Library(error.to_string()))
    }

    /// Changes a block that was heard. `delay` is from when its counterpart was handed to
    /// [`Canceller::render`] until it is heard, as far as devices tell.
    pub(super) fn capture(
        &mut self,
        block: &mut Block,
        delay: Duration,
    ) -> Result<(), ProcessError> {
        // Out of range it takes the nearest.
        let _ = self.library.set_stream_delay_ms(delay.as_millis().min(500) as i32);
        let format = format(block);
        let source = block.clone();
        self.library
            .process_capture_f32_with_config(
                &source.planes(),
                &format,
                &format,
                &mut block.planes_mut(),
            )
            .map_err(|error| ProcessError::Library(error.to_string()))
    }

    pub(super) fn statistics(&self) -> &AudioProcessingStats {
        self.library.statistics()
    }
}

fn format(block: &Block) -> StreamConfig {
    debug_assert_eq!(FRAMES, RATE as usize / 100);
    StreamConfig::new(RATE, block.channels.len() as u16)
}

fn config(settings: &ProcessorSettings) -> Config {
    let noise = NoiseSuppression {
        // As browsers have it.
        level: NoiseSuppressionLevel::High,
        analyze_linear_aec_output_when_available: false,
    };
    Config {
        pipeline: Pipeline {
            maximum_internal_processing_rate: MaxProcessingRate::Rate48kHz,
            ..Pipeline::default()
        },
        high_pass_filter: settings.high_pass.then(HighPassFilter::default),
        echo_canceller: settings.echo_cancellation.then(EchoCanceller::default),
        noise_suppression: settings.noise_suppression.then_some(noise),
        ..Config::default()
    }
}
