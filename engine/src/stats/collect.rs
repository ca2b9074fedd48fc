//! Counting what passes.

use std::collections::BTreeMap;

use super::report::DataChannelTotals;
use crate::frame::{EncodedFrame, ReceivedFrame};
use crate::ids::{Mid, Rid};

/// Streams counted per direction: every m-line with a few layers each.
const STREAMS_MAX: usize = 1024;

pub(super) type StreamKey = (Mid, Option<Rid>);

/// Figures of one stream in one direction, as counted here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub(super) frames: u64,
    pub(super) keyframes: u64,
    pub(super) lost: u64,
    pub(super) clock_rate: u32,
    pub(super) audio_level: Option<i8>,
    /// Of all frames.
    bytes: u64,
    /// Frames of at least 2.5 times the average size.
    pub(super) huge: u64,
}

/// All counters of one connection.
#[derive(Debug, Default)]
pub(crate) struct StatsCollector {
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) packets_sent: u64,
    pub(crate) packets_received: u64,
    pub(crate) packets_discarded: u64,
    pub(crate) pair_changes: u32,
    pub(crate) channels: DataChannelTotals,
    pub(super) inbound: BTreeMap<StreamKey, Counted>,
    pub(super) outbound: BTreeMap<StreamKey, Counted>,
}

impl StatsCollector {
    pub(crate) fn on_transmit(&mut self, bytes: usize) {
        self.packets_sent += 1;
        self.bytes_sent += bytes as u64;
    }

    pub(crate) fn on_datagram(&mut self, bytes: usize) {
        self.packets_received += 1;
        self.bytes_received += bytes as u64;
    }

    pub(crate) fn on_frame_received(&mut self, received: &ReceivedFrame) {
        let Some(counted) = entry(&mut self.inbound, (received.mid, received.rid)) else { return };
        counted.frames += 1;
        counted.keyframes += u64::from(received.frame.keyframe);
        counted.lost += u64::from(!received.contiguous);
        counted.clock_rate = received.frame.codec.clock_rate();
        counted.audio_level = received.audio_level;
    }

    pub(crate) fn on_frame_sent(&mut self, mid: Mid, rid: Option<Rid>, frame: &EncodedFrame) {
        let Some(counted) = entry(&mut self.outbound, (mid, rid)) else { return };
        counted.huge += u64::from(counted.is_huge(frame.data.len() as u64));
        counted.frames += 1;
        counted.keyframes += u64::from(frame.keyframe);
        counted.bytes += frame.data.len() as u64;
    }
}

impl Counted {
    /// At least 2.5 times the average of those before (webrtc-stats, `hugeFramesSent`).
    fn is_huge(&self, bytes: u64) -> bool {
        self.frames > 0 && 2 * bytes * self.frames >= 5 * self.bytes
    }
}

fn entry(streams: &mut BTreeMap<StreamKey, Counted>, key: StreamKey) -> Option<&mut Counted> {
    if streams.len() >= STREAMS_MAX && !streams.contains_key(&key) {
        return None;
    }
    Some(streams.entry(key).or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_huge_beside_those_before_it() {
        let mut counted = Counted::default();
        assert!(!counted.is_huge(u64::MAX / 4), "there is none to compare with");
        (counted.frames, counted.bytes) = (4, 4_000);
        assert!(!counted.is_huge(2_499));
        assert!(counted.is_huge(2_500));
    }
}
