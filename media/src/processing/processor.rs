//! Captured sound, on its way to the encoder.

use std::time::Duration;

use super::alignment::Alignment;
use super::blocks::Blocks;
use super::cancel::Canceller;
use super::error::ProcessError;
use super::gain::GainControl;
use super::planar::{Block, RATE};
use super::settings::ProcessorSettings;
use super::stats::{ProcessorStats, Voice};
use super::voice::VoiceDetector;
use crate::samples::Samples;

/// Takes the echo, noise and differences of level out of captured sound.
///
/// 1. Sound of any rate and size is cut into blocks of 10 ms at 48 kHz; more than two channels
///    become one.
/// 2. Each block that was heard is given the one that was played meanwhile.
/// 3. High-pass, echo cancellation, noise suppression.
/// 4. The voice is looked for; its level follows, where gain control is on.
///
/// The same sound in the same order gives the same sound.
///
/// ```
/// use lapwing_engine::MediaTime;
/// use lapwing_media::Samples;
/// use lapwing_media::processing::{Processor, ProcessorSettings};
///
/// let mut processor = Processor::new(ProcessorSettings::ALL);
/// let silence = Samples::new(vec![0.0; 960], 48_000, 1, MediaTime::new(0, 48_000))?;
/// processor.render(&silence)?;
/// assert_eq!(processor.capture(&silence)?.frames(), 960);
/// assert!(!processor.voice().is_active);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Processor {
    settings: ProcessorSettings,
    heard: Blocks,
    played: Blocks,
    alignment: Alignment,
    canceller: Canceller,
    detector: VoiceDetector,
    gain: Option<GainControl>,
    delay: Duration,
    voice: Voice,
    captured: u64,
}

impl Processor {
    /// The longest delay that [`Processor::set_delay`] takes.
    pub const MAX_DELAY: Duration = Duration::from_millis(500);

    /// A processor that has heard nothing yet.
    pub fn new(settings: ProcessorSettings) -> Self {
        Processor {
            settings,
            heard: Blocks::default(),
            played: Blocks::default(),
            alignment: Alignment::default(),
            canceller: Canceller::new(&settings),
            detector: VoiceDetector::new(),
            gain: settings.auto_gain_control.then(GainControl::new),
            delay: Duration::ZERO,
            voice: Voice::default(),
            captured: 0,
        }
    }

    /// What it does.
    pub const fn settings(&self) -> ProcessorSettings {
        self.settings
    }

    /// Changes what it does, from the next block on. A stage that is switched on begins anew.
    pub fn set(&mut self, settings: ProcessorSettings) {
        if settings == self.settings {
            return;
        }
        self.canceller.set(&settings);
        if settings.auto_gain_control != self.settings.auto_gain_control {
            self.gain = settings.auto_gain_control.then(GainControl::new);
        }
        self.settings = settings;
    }

    /// Tells how long it takes from [`Processor::render`] to the speaker, and from the microphone
    /// to [`Processor::capture`], together; at most [`Processor::MAX_DELAY`]. The canceller finds
    /// the delay by itself, and sooner when it is told.
    pub fn set_delay(&mut self, delay: Duration) {
        self.delay = delay.min(Self::MAX_DELAY);
    }

    /// Takes sound that is played. Call it before [`Processor::capture`] of the same time.
    ///
    /// # Errors
    /// When the sound cannot be converted to 48 kHz.
    pub fn render(&mut self, samples: &Samples) -> Result<(), ProcessError> {
        for block in self.played.push(samples)? {
            self.alignment.push(block);
        }
        Ok(())
    }

    /// Takes sound that was heard, and gives what is ready of it: whole blocks of 10 ms, at
    /// 48 kHz, on as many channels. There may be none; what is left waits.
    ///
    /// # Errors
    /// When the sound cannot be converted to 48 kHz, or the library fails.
    pub fn capture(&mut self, samples: &Samples) -> Result<Samples, ProcessError> {
        let blocks = self.heard.push(samples)?;
        let channels = if samples.channels() == 2 { 2 } else { 1 };
        let first = blocks.first().map(|block| block.time);
        let time = first.or_else(|| self.heard.next_time());
        let time = time.unwrap_or_else(|| samples.time().rebase(RATE));
        let mut data = Vec::new();
        for mut block in blocks {
            self.process(&mut block)?;
            block.interleave(&mut data);
        }
        Ok(Samples::new(data, RATE, channels, time).expect("blocks have one or two channels"))
    }

    /// What there was in the last block that came out.
    pub const fn voice(&self) -> Voice {
        self.voice
    }

    /// What is known of its work.
    pub fn stats(&self) -> ProcessorStats {
        let library = self.canceller.statistics();
        let has_echo = self.settings.echo_cancellation;
        let delay = library.delay_ms.and_then(|ms| u64::try_from(ms).ok());
        ProcessorStats {
            echo_return_loss: library.echo_return_loss.filter(|_| has_echo),
            echo_return_loss_enhancement: library.echo_return_loss_enhancement.filter(|_| has_echo),
            echo_delay: delay.filter(|_| has_echo).map(Duration::from_millis),
            gain_db: self.gain.as_ref().map(|gain| gain.gain_db),
            captured_blocks: self.captured,
            rendered_blocks: self.alignment.rendered,
            missing_blocks: self.alignment.missing,
            dropped_blocks: self.alignment.dropped,
            restarts: self.heard.restarts + self.played.restarts,
            invalid_samples: self.heard.invalid + self.played.invalid,
        }
    }

    fn process(&mut self, block: &mut Block) -> Result<(), ProcessError> {
        if let Some(played) = self.alignment.pull() {
            self.canceller.render(played)?;
        }
        self.canceller.capture(block, self.delay)?;
        self.voice = self.detector.analyse(block);
        if let Some(gain) = &mut self.gain {
            gain.process(block, self.voice.probability);
            // What others are told is the level of what they hear.
            self.voice.level_dbov = super::level::audio_level(&block.to_samples());
        }
        self.captured += 1;
        Ok(())
    }
}
