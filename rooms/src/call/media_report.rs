//! What receivers and processing of media come to, in the report of a call.

use lapwing_media::processing::ProcessorStats;
use lapwing_media::{AudioReceiverStats, VideoReceiverStats};
use serde::{Deserialize, Serialize};

use super::together::Step;

/// How the sound of a track was played, by the names of W3C's `RTCInboundRtpStreamStats`. Samples
/// are those of one channel at 48 kHz.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoundReport {
    /// Samples played since the first packet.
    pub total_samples_received: u64,
    /// Samples made up because packets were lost or late.
    pub concealed_samples: u64,
    /// Those of them that are silence or comfort noise.
    pub silent_concealed_samples: u64,
    /// Times that concealment began.
    pub concealment_events: u64,
    /// Samples added to play slower.
    pub inserted_samples_for_deceleration: u64,
    /// Samples taken out to play faster.
    pub removed_samples_for_acceleration: u64,
    /// Time that samples waited to be played: the sum over all of them.
    pub jitter_buffer_delay: f64,
    /// What the receiver aimed at: the sum over all of them.
    pub jitter_buffer_target_delay: f64,
    /// What it would have aimed at without a hint.
    pub jitter_buffer_minimum_delay: f64,
    /// Samples that came out of packets.
    pub jitter_buffer_emitted_count: u64,
    /// Concealment of 150 ms and more.
    pub interruption_count: u64,
    /// How long that lasted together.
    pub total_interruption_duration: f64,
    /// Frames that came back out of the copy in the next packet.
    pub repaired_frames: u64,
    /// Samples that later packets told of (DRED).
    pub recalled_samples: u64,
}

impl SoundReport {
    /// What a receiver counted.
    pub(super) fn new(stats: &AudioReceiverStats) -> Self {
        SoundReport {
            total_samples_received: stats.total_samples_received,
            concealed_samples: stats.concealed_samples,
            silent_concealed_samples: stats.silent_concealed_samples,
            concealment_events: stats.concealment_events,
            inserted_samples_for_deceleration: stats.inserted_samples_for_deceleration,
            removed_samples_for_acceleration: stats.removed_samples_for_acceleration,
            jitter_buffer_delay: stats.jitter_buffer_delay.as_secs_f64(),
            jitter_buffer_target_delay: stats.jitter_buffer_target_delay.as_secs_f64(),
            jitter_buffer_minimum_delay: stats.jitter_buffer_minimum_delay.as_secs_f64(),
            jitter_buffer_emitted_count: stats.jitter_buffer_emitted_count,
            interruption_count: stats.interruption_count,
            total_interruption_duration: stats.total_interruption_duration.as_secs_f64(),
            repaired_frames: stats.repaired_frames,
            recalled_samples: stats.recalled_samples,
        }
    }

    /// The share of what was played that was made up.
    pub fn concealed(&self) -> f64 {
        self.concealed_samples as f64 / self.total_samples_received.max(1) as f64
    }

    /// How long a sample waited, on average, in milliseconds.
    pub fn delay_ms(&self) -> Option<f64> {
        let count = self.jitter_buffer_emitted_count;
        (count > 0).then(|| self.jitter_buffer_delay * 1e3 / count as f64)
    }
}

/// How the pictures of a track were shown, by the names of W3C's `RTCInboundRtpStreamStats`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PictureReport {
    /// Pictures that were shown.
    pub frames_rendered: u64,
    /// Keyframes that were decoded.
    pub key_frames_decoded: u64,
    /// Times between two pictures of more than five seconds.
    pub pause_count: u64,
    /// How long they lasted together.
    pub total_pauses_duration: f64,
    /// The sum of the times between two pictures.
    pub total_inter_frame_delay: f64,
    /// The sum of their squares, in square seconds.
    pub total_squared_inter_frame_delay: f64,
    /// Time that decoding took.
    pub total_decode_time: f64,
    /// From the arrival of each frame until it was decoded: the sum.
    pub total_processing_delay: f64,
    /// Time that frames waited to be decoded: the sum over all of them.
    pub jitter_buffer_delay: f64,
    /// What the receiver aimed at: the sum over all of them.
    pub jitter_buffer_target_delay: f64,
    /// What it would have aimed at without hints and sound to keep with.
    pub jitter_buffer_minimum_delay: f64,
    /// Frames that were given to be decoded.
    pub jitter_buffer_emitted_count: u64,
    /// How much later pictures were shown than their sound was heard, in milliseconds: the mean of
    /// the last second; negative where they were sooner.
    pub sound_offset_ms: Option<f64>,
    /// The largest mean of any second, either way.
    pub sound_offset_worst_ms: Option<f64>,
}

impl PictureReport {
    /// What a receiver counted, and what was measured beside the sound.
    pub(super) fn new(stats: &VideoReceiverStats, step: Option<Step>) -> Self {
        PictureReport {
            sound_offset_ms: step.map(|step| step.behind_ms),
            sound_offset_worst_ms: step.map(|step| step.worst_ms),
            frames_rendered: stats.frames_rendered,
            key_frames_decoded: stats.key_frames_decoded,
            pause_count: stats.pause_count,
            total_pauses_duration: stats.total_pauses_duration.as_secs_f64(),
            total_inter_frame_delay: stats.total_inter_frame_delay.as_secs_f64(),
            total_squared_inter_frame_delay: stats.total_squared_inter_frame_delay as f64 / 1e12,
            total_decode_time: stats.total_decode_time.as_secs_f64(),
            total_processing_delay: stats.total_processing_delay.as_secs_f64(),
            jitter_buffer_delay: stats.jitter_buffer_delay.as_secs_f64(),
            jitter_buffer_target_delay: stats.jitter_buffer_target_delay.as_secs_f64(),
            jitter_buffer_minimum_delay: stats.jitter_buffer_minimum_delay.as_secs_f64(),
            jitter_buffer_emitted_count: stats.jitter_buffer_emitted_count,
        }
    }

    /// How long a frame waited, on average, in milliseconds.
    pub fn delay_ms(&self) -> Option<f64> {
        let count = self.jitter_buffer_emitted_count;
        (count > 0).then(|| self.jitter_buffer_delay * 1e3 / count as f64)
    }
}

/// What the processing of captured sound came to. The first two have the names of W3C's
/// `RTCAudioSourceStats`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessingReport {
    /// What was played over its echo in the microphone, in dB.
    pub echo_return_loss: Option<f64>,
    /// What the linear filter takes out of the echo, in dB.
    pub echo_return_loss_enhancement: Option<f64>,
    /// Delay of the echo behind what was played, in milliseconds.
    pub echo_delay_ms: Option<f64>,
    /// Gain of the last block, in dB.
    pub gain_db: Option<f64>,
    /// Blocks of 10 ms that were captured.
    pub captured_blocks: u64,
    /// Blocks of 10 ms that were played meanwhile.
    pub rendered_blocks: u64,
    /// Blocks captured while it was not known what was played.
    pub missing_blocks: u64,
    /// Blocks played that were dropped.
    pub dropped_blocks: u64,
}

impl ProcessingReport {
    /// What a processor counted.
    pub(super) fn new(stats: &ProcessorStats) -> Self {
        ProcessingReport {
            echo_return_loss: stats.echo_return_loss,
            echo_return_loss_enhancement: stats.echo_return_loss_enhancement,
            echo_delay_ms: stats.echo_delay.map(|delay| delay.as_secs_f64() * 1e3),
            gain_db: stats.gain_db.map(f64::from),
            captured_blocks: stats.captured_blocks,
            rendered_blocks: stats.rendered_blocks,
            missing_blocks: stats.missing_blocks,
            dropped_blocks: stats.dropped_blocks,
        }
    }
}
