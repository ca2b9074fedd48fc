//! What a processor counts.

use std::time::Duration;

use super::level::SILENCE_DBOV;

/// What a [`Processor`](super::Processor) knows about its work.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProcessorStats {
    /// `echoReturnLoss` of webrtc-stats in dB: what was played over its echo in the microphone.
    /// `None` without echo cancellation.
    pub echo_return_loss: Option<f64>,
    /// `echoReturnLossEnhancement` in dB: what the linear filter alone takes out of the echo, as
    /// the library estimates it. What is taken out in truth is more, since a suppressor follows.
    /// `None` without echo cancellation.
    pub echo_return_loss_enhancement: Option<f64>,
    /// Delay of the echo behind what was played, beyond the delay that was told. `None` without
    /// echo cancellation.
    pub echo_delay: Option<Duration>,
    /// Gain that gain control applies now, in dB. `None` without it.
    pub gain_db: Option<f32>,
    /// Blocks of 10 ms that were heard.
    pub captured_blocks: u64,
    /// Blocks of 10 ms that were played.
    pub rendered_blocks: u64,
    /// Blocks heard while nothing was known to be played, after something was.
    pub missing_blocks: u64,
    /// Blocks played that were dropped, because more was played than heard.
    pub dropped_blocks: u64,
    /// Jumps in the time of what was heard or played, and changes of its format. What waited for
    /// the rest of its block was dropped.
    pub restarts: u64,
    /// Samples that were no numbers, and became silence.
    pub invalid_samples: u64,
}

/// What was said about the last block, for the header extension of RFC 6464.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Voice {
    /// Level in dBov, 0 (loudest) to -127 (silence).
    pub level_dbov: i8,
    /// Probability of speech, 0.0 to 1.0.
    pub probability: f32,
    /// There is a voice, or was one within the last 200 ms: the gaps between syllables are kept.
    pub is_active: bool,
}

impl Default for Voice {
    fn default() -> Self {
        Voice { level_dbov: SILENCE_DBOV, probability: 0.0, is_active: false }
    }
}
