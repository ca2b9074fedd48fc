//! Gain control: speech of any level comes out at one.
//!
//! 1. The sound is made quieter by [`ATTENUATION_DB`], since the library's controller only ever
//!    amplifies, and loud speech has to become quieter too.
//! 2. Levels of speech (where the detector heard one) and of noise are followed.
//! 3. The controller brings speech to [`TARGET_DBFS`], and noise to no more than -50 dBFS.
//! 4. A limiter holds what is still above full scale.

use sonora_agc2::adaptive_digital_gain_controller::{AdaptiveDigitalGainController, FrameInfo};
use sonora_agc2::common::{
    ADJACENT_SPEECH_FRAMES_THRESHOLD, MAX_ABS_FLOAT_S16_VALUE, db_to_ratio, float_s16_to_dbfs,
};
use sonora_agc2::limiter::Limiter;
use sonora_agc2::noise_level_estimator::NoiseLevelEstimator;
use sonora_agc2::speech_level_estimator::{AdaptiveDigitalConfig, SpeechLevelEstimator};

use super::planar::{Block, FRAMES};

/// Root mean square of speech that gain control aims at, in dB below full scale.
pub const TARGET_DBFS: f32 = -20.0;

/// How much quieter the sound is made at first: speech of up to -5 dBFS is then below the target.
const ATTENUATION_DB: f32 = 15.0;

/// The library keeps this far below full scale, plus the distance from peak to mean of speech.
/// It estimates that distance; here it is a constant, so that the target is one.
const HEADROOM_DB: f32 = 5.0;

const CONFIG: AdaptiveDigitalConfig = AdaptiveDigitalConfig {
    headroom_db: HEADROOM_DB,
    max_gain_db: 50.0,
    // At first nothing changes.
    initial_gain_db: ATTENUATION_DB,
    max_gain_change_db_per_second: 6.0,
    max_output_noise_level_dbfs: -50.0,
};

/// The controller and what it goes by.
#[derive(Debug)]
pub(super) struct GainControl {
    speech: SpeechLevelEstimator,
    noise: NoiseLevelEstimator,
    controller: AdaptiveDigitalGainController,
    limiter: Limiter,
    /// Gain of the last block, in dB.
    pub(super) gain_db: f32,
}

impl GainControl {
    pub(super) fn new() -> Self {
        GainControl {
            speech: SpeechLevelEstimator::new(&CONFIG, ADJACENT_SPEECH_FRAMES_THRESHOLD),
            noise: NoiseLevelEstimator::default(),
            controller: AdaptiveDigitalGainController::new(
                CONFIG,
                ADJACENT_SPEECH_FRAMES_THRESHOLD,
            ),
            limiter: Limiter::new(FRAMES),
            gain_db: 0.0,
        }
    }

    /// Changes the level of `block`, in which there is speech with this probability.
    pub(super) fn process(&mut self, block: &mut Block, speech_probability: f32) {
        let before = rms(block);
        block.scale(db_to_ratio(-ATTENUATION_DB) * MAX_ABS_FLOAT_S16_VALUE);
        let noise_rms_dbfs = self.noise.analyze(&block.planes());
        self.speech.update(float_s16_to_dbfs(rms(block)), speech_probability);
        let info = FrameInfo {
            speech_probability,
            speech_level_dbfs: self.speech.level_dbfs(),
            speech_level_reliable: self.speech.is_confident(),
            noise_rms_dbfs,
            headroom_db: -TARGET_DBFS - HEADROOM_DB,
            limiter_envelope_dbfs: float_s16_to_dbfs(self.limiter.last_audio_level()),
        };
        let mut planes = block.planes_mut();
        self.controller.process(&info, &mut planes);
        self.limiter.process(&mut planes);
        block.scale(1.0 / MAX_ABS_FLOAT_S16_VALUE);
        let after = rms(block);
        if before > 0.0 && after > 0.0 {
            self.gain_db = 20.0 * (after / before).log10();
        }
    }
}

/// Root mean square over all channels.
fn rms(block: &Block) -> f32 {
    let squares: f32 = block.channels.iter().flatten().map(|sample| sample * sample).sum();
    (squares / (block.channels.len().max(1) * FRAMES) as f32).sqrt()
}
