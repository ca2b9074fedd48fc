//! What a receiver of sound counts.

use std::time::Duration;

use super::settings::{PULL, span};

/// From this length on a stretch of concealed sound is an interruption.
const INTERRUPTION: u64 = 150 * 48;

/// What happened, by the names of W3C's `RTCInboundRtpStreamStats`. Samples are those of one
/// channel at 48 kHz.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AudioReceiverStats {
    /// `totalSamplesReceived`: samples given, whatever they were made of, since the first packet.
    pub total_samples_received: u64,
    /// `concealedSamples`: samples made up because packets were lost or late.
    pub concealed_samples: u64,
    /// `silentConcealedSamples`: those of them that are silence or comfort noise.
    pub silent_concealed_samples: u64,
    /// `concealmentEvents`: times that concealment began.
    pub concealment_events: u64,
    /// `insertedSamplesForDeceleration`: samples added to play slower.
    pub inserted_samples_for_deceleration: u64,
    /// `removedSamplesForAcceleration`: samples taken out to play faster.
    pub removed_samples_for_acceleration: u64,
    /// `jitterBufferDelay`: for each sample emitted, the time from the arrival of its packet to
    /// when it is played; the sum.
    pub jitter_buffer_delay: Duration,
    /// `jitterBufferTargetDelay`: for each sample emitted, the target then; the sum.
    pub jitter_buffer_target_delay: Duration,
    /// `jitterBufferMinimumDelay`: the same without the application's hint.
    pub jitter_buffer_minimum_delay: Duration,
    /// `jitterBufferEmittedCount`: samples that came out of packets.
    pub jitter_buffer_emitted_count: u64,
    /// `interruptionCount`: stretches of 150 ms and more of concealed sound.
    pub interruption_count: u64,
    /// `totalInterruptionDuration`: how long these were.
    pub total_interruption_duration: Duration,
    /// Frames that came back out of the copy in the next packet.
    pub repaired_frames: u64,
    /// Samples of lost frames that came back as a later packet tells of them (Opus: DRED). They are
    /// emitted, and not concealed.
    pub recalled_samples: u64,
    /// Packets that were not played.
    pub dropped: DroppedPackets,
    /// Times that the stream began anew: its numbers or its time jumped.
    pub restarts: u64,
}

/// Packets that were not played, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DroppedPackets {
    /// Their place was passed.
    pub late: u64,
    /// They were there already.
    pub duplicate: u64,
    /// The buffer was full, or they lay too far behind.
    pub overflow: u64,
    /// Without payload: padding.
    pub empty: u64,
    /// No decoder took them: no such codec, broken bytes.
    pub undecodable: u64,
    /// Numbers or time far from all others, and no second packet confirmed them; or the stream
    /// began anew while they waited.
    pub astray: u64,
}

impl DroppedPackets {
    /// All of them.
    pub fn sum(&self) -> u64 {
        let DroppedPackets { late, duplicate, overflow, empty, undecodable, astray } = *self;
        late + duplicate + overflow + empty + undecodable + astray
    }
}

/// The counters, with what is needed to keep them.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) stats: AudioReceiverStats,
    /// Length of the concealment that lasts.
    run: u64,
    /// The delays, in samples times samples: whole numbers add up without rounding.
    waited: u128,
    target: u128,
    minimum: u128,
}

impl Counts {
    /// So many samples were made up.
    pub(super) fn concealed(&mut self, samples: usize, silent: bool) {
        let samples = samples as u64;
        self.stats.concealed_samples += samples;
        self.stats.silent_concealed_samples += if silent { samples } else { 0 };
        self.stats.concealment_events += u64::from(self.run == 0);
        self.run += samples;
    }

    /// What was made up last stood for silence, as it turned out: it was no interruption.
    pub(super) fn was_silence(&mut self) {
        self.run = 0;
    }

    /// What follows is no concealment.
    pub(super) fn concealment_ended(&mut self) {
        if self.run >= INTERRUPTION {
            self.stats.interruption_count += 1;
            self.stats.total_interruption_duration += span(self.run as i64);
        }
        self.run = 0;
    }

    /// So many samples of a packet are played, the first after `waited`.
    pub(super) fn emitted(&mut self, samples: usize, waited: i64, target: i64, minimum: i64) {
        let total = |each: i64| u128::from(each.max(0).unsigned_abs()) * samples as u128;
        self.stats.jitter_buffer_emitted_count += samples as u64;
        self.waited += total(waited);
        self.target += total(target);
        self.minimum += total(minimum);
    }

    pub(super) fn pulled(&mut self) {
        self.stats.total_samples_received += PULL as u64;
    }

    pub(super) fn stats(&self) -> AudioReceiverStats {
        let sum = |total: u128| span(i64::try_from(total).unwrap_or(i64::MAX));
        AudioReceiverStats {
            jitter_buffer_delay: sum(self.waited),
            jitter_buffer_target_delay: sum(self.target),
            jitter_buffer_minimum_delay: sum(self.minimum),
            ..self.stats
        }
    }
}
