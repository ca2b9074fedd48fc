//! Whether there is a voice in a block.

use sonora_agc2::common::MAX_ABS_FLOAT_S16_VALUE;
use sonora_agc2::vad_wrapper::VoiceActivityDetectorWrapper;
use sonora_simd::detect_backend;

use super::level::audio_level;
use super::planar::{Block, RATE};
use super::stats::Voice;

/// Probability from which on a block is speech.
const SPEECH: f32 = 0.5;

/// Blocks after speech that still count as voice: longer than the stop of a consonant, shorter
/// than a pause for breath.
const HANGOVER: u32 = 20;

/// The recurrent network that the library's gain control goes by.
#[derive(Debug)]
pub(super) struct VoiceDetector {
    network: VoiceActivityDetectorWrapper,
    /// Blocks for which the last speech still counts.
    left: u32,
}

impl VoiceDetector {
    pub(super) fn new() -> Self {
        let network = VoiceActivityDetectorWrapper::new(detect_backend(), RATE as i32);
        VoiceDetector { network, left: 0 }
    }

    /// What there is in `block`, the next one.
    pub(super) fn analyse(&mut self, block: &Block) -> Voice {
        let mono = block.mono().map(|sample| sample * MAX_ABS_FLOAT_S16_VALUE);
        let probability = self.network.analyze(&mono).clamp(0.0, 1.0);
        self.left = if probability >= SPEECH { HANGOVER } else { self.left.saturating_sub(1) };
        let level_dbov = audio_level(&block.to_samples());
        Voice { level_dbov, probability, is_active: self.left > 0 }
    }
}
