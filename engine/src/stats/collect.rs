//! Counting what passes.

use std::collections::BTreeMap;

use super::report::DataChannelTotals;
use crate::frame::{EncodedFrame, ReceivedFrame};
use crate::ids::{Mid, Rid};
use crate::rtp::format::FrameInfo;

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
    /// Of the spatial layers of a picture of which more follow.
    picture: u64,
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

    pub(crate) fn on_frame_sent(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        frame: &EncodedFrame,
        layer: &FrameInfo,
    ) {
        let Some(counted) = entry(&mut self.outbound, (mid, rid)) else { return };
        counted.on_sent(frame, layer);
    }
}

impl Counted {
    /// A frame, or a spatial layer of one: together they are one.
    fn on_sent(&mut self, frame: &EncodedFrame, layer: &FrameInfo) {
        self.picture += frame.data.len() as u64;
        self.keyframes += u64::from(frame.keyframe && layer.spatial == 0);
        if layer.more_layers {
            return;
        }
        let bytes = std::mem::take(&mut self.picture);
        self.huge += u64::from(self.is_huge(bytes));
        self.frames += 1;
        self.bytes += bytes;
    }

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
    use crate::codec::Codec;
    use crate::time::MediaTime;

    #[test]
    fn a_frame_is_huge_beside_those_before_it() {
        let mut counted = Counted::default();
        assert!(!counted.is_huge(u64::MAX / 4), "there is none to compare with");
        (counted.frames, counted.bytes) = (4, 4_000);
        assert!(!counted.is_huge(2_499));
        assert!(counted.is_huge(2_500));
    }

    #[test]
    fn the_spatial_layers_of_a_picture_are_one_frame() {
        let frame = |bytes: usize, keyframe| EncodedFrame {
            codec: Codec::Vp9,
            time: MediaTime::new(0, MediaTime::VIDEO_RATE),
            keyframe,
            data: vec![0; bytes].into(),
        };
        let mut counted = Counted::default();
        for (key, bytes) in [(true, 40), (false, 40), (false, 100)] {
            for spatial in 0..2 {
                let layer =
                    FrameInfo { spatial, more_layers: spatial == 0, ..FrameInfo::default() };
                counted.on_sent(&frame(bytes, key), &layer);
            }
        }
        assert_eq!((counted.frames, counted.keyframes, counted.huge), (3, 1, 1));
        assert_eq!((counted.bytes, counted.picture), (360, 0));
    }
}
