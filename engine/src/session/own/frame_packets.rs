//! The packets that a frame came in.

use crate::frame::FramePackets;
use crate::rtp::assemble::{AudioFrame, VideoFrame};

pub(super) fn packets_of_sound(frame: &AudioFrame<'_>) -> FramePackets {
    FramePackets {
        first: frame.sequence_number,
        last: frame.sequence_number,
        lost_before: Some(frame.lost_before),
    }
}

pub(super) fn packets_of_picture(frame: &VideoFrame) -> FramePackets {
    let (first, last) = frame.packets;
    FramePackets { first, last, lost_before: None }
}
