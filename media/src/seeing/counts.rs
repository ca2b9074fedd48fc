//! What a receiver of pictures counts.

use std::time::Duration;

use super::freezes::Freezes;
use super::settings::span;

/// What happened, by the names of W3C's `RTCInboundRtpStreamStats`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoReceiverStats {
    /// `framesReceived`: whole frames that came.
    pub frames_received: u64,
    /// `framesDecoded`.
    pub frames_decoded: u64,
    /// `keyFramesDecoded`.
    pub key_frames_decoded: u64,
    /// `framesRendered`: pictures that were due and given to be shown.
    pub frames_rendered: u64,
    /// `framesDropped`: frames that were not decoded, and pictures that were not shown; by the
    /// reason in `dropped`.
    pub frames_dropped: u64,
    /// The same by the reason.
    pub dropped: DroppedFrames,
    /// `freezeCount`: times between two pictures of at least three times the average of the last
    /// 30, and 150 ms more than that.
    pub freeze_count: u64,
    /// `totalFreezesDuration`.
    pub total_freezes_duration: Duration,
    /// `pauseCount`: times between two pictures of more than five seconds.
    pub pause_count: u64,
    /// `totalPausesDuration`.
    pub total_pauses_duration: Duration,
    /// `totalInterFrameDelay`: the sum of the times between two pictures.
    pub total_inter_frame_delay: Duration,
    /// `totalSquaredInterFrameDelay` in square microseconds: the sum of their squares.
    pub total_squared_inter_frame_delay: u128,
    /// `jitterBufferDelay`: for each frame emitted, the time from the arrival of its first packet
    /// to when it is to be decoded; the sum.
    pub jitter_buffer_delay: Duration,
    /// `jitterBufferTargetDelay`: for each frame emitted, the target then; the sum.
    pub jitter_buffer_target_delay: Duration,
    /// `jitterBufferMinimumDelay`: the same as the network alone would have it.
    pub jitter_buffer_minimum_delay: Duration,
    /// `jitterBufferEmittedCount`: frames that were given to be decoded.
    pub jitter_buffer_emitted_count: u64,
    /// `totalDecodeTime`.
    pub total_decode_time: Duration,
    /// `totalProcessingDelay`: for each frame decoded, the time from the arrival of its first
    /// packet to when it was decoded; the sum.
    pub total_processing_delay: Duration,
    /// Key frames asked for; how many requests were sent (`pliCount`) is the session's to tell.
    pub key_frames_asked_for: u64,
    /// Times that the stream began anew: its numbers or its time jumped.
    pub restarts: u64,
}

/// Frames that were not decoded and pictures that were not shown, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DroppedFrames {
    /// Their place was passed.
    pub late: u64,
    /// They were there already.
    pub duplicate: u64,
    /// Too many waited.
    pub overflow: u64,
    /// Without a byte.
    pub empty: u64,
    /// They refer to what was lost, and so does all until the next key frame.
    pub no_reference: u64,
    /// The same of an upper temporal layer; those below it went on.
    pub layer: u64,
    /// A key frame after them was due too.
    pub skipped: u64,
    /// No decoder took them.
    pub undecodable: u64,
    /// Decoded, but a newer one was due as well.
    pub not_shown: u64,
    /// Numbers far from all others, and no second frame confirmed them; or the stream began anew
    /// while they waited.
    pub astray: u64,
}

impl DroppedFrames {
    /// All of them.
    pub fn sum(&self) -> u64 {
        let DroppedFrames {
            late,
            duplicate,
            overflow,
            empty,
            no_reference,
            layer,
            skipped,
            undecodable,
            not_shown,
            astray,
        } = *self;
        late + duplicate
            + overflow
            + empty
            + no_reference
            + layer
            + skipped
            + undecodable
            + not_shown
            + astray
    }
}

/// The counters, with what is needed to keep them.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) stats: VideoReceiverStats,
    freezes: Freezes,
    /// The delays in microseconds.
    waited: u128,
    target: u128,
    minimum: u128,
    decoding: u128,
    processing: u128,
}

impl Counts {
    /// A frame is given to be decoded `waited` after its first packet.
    pub(super) fn emitted(&mut self, waited: i64, target: i64, minimum: i64) {
        self.stats.jitter_buffer_emitted_count += 1;
        add(&mut self.waited, waited);
        add(&mut self.target, target);
        add(&mut self.minimum, minimum);
    }

    /// A frame was decoded in `took`, `processing` after its first packet came.
    pub(super) fn decoded(&mut self, keyframe: bool, took: i64, processing: i64) {
        self.stats.frames_decoded += 1;
        self.stats.key_frames_decoded += u64::from(keyframe);
        add(&mut self.decoding, took);
        add(&mut self.processing, processing);
    }

    /// A picture is shown.
    pub(super) fn rendered(&mut self, now: i64) {
        self.stats.frames_rendered += 1;
        self.freezes.rendered(now);
    }

    /// The picture that was shown last has been there for longer than is usual by far.
    pub(super) fn stands_still(&self, now: i64) -> bool {
        self.freezes.stands_still(now)
    }

    /// When the last picture was shown, and the usual time from one to the next, once it is known.
    pub(super) fn pace(&self) -> Option<(i64, i64)> {
        self.freezes.pace()
    }

    pub(super) fn stats(&self) -> VideoReceiverStats {
        let sum = |total: u128| span(i64::try_from(total).unwrap_or(i64::MAX));
        VideoReceiverStats {
            frames_dropped: self.stats.dropped.sum(),
            freeze_count: self.freezes.freezes,
            total_freezes_duration: span(self.freezes.frozen),
            pause_count: self.freezes.pauses,
            total_pauses_duration: span(self.freezes.paused),
            total_inter_frame_delay: span(self.freezes.between),
            total_squared_inter_frame_delay: self.freezes.squares,
            jitter_buffer_delay: sum(self.waited),
            jitter_buffer_target_delay: sum(self.target),
            jitter_buffer_minimum_delay: sum(self.minimum),
            total_decode_time: sum(self.decoding),
            total_processing_delay: sum(self.processing),
            ..self.stats
        }
    }
}

fn add(sum: &mut u128, value: i64) {
    *sum += u128::from(value.max(0).unsigned_abs());
}
