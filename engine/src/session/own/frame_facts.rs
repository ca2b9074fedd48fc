//! What the network told about a frame that is handed over.

use super::told::Told;
use crate::frame::FrameFacts;
use crate::rtp::assemble::{AudioFrame, VideoFrame};

pub(super) fn facts_of_sound(frame: &AudioFrame<'_>, told: &Told, rate: u32) -> FrameFacts {
    FrameFacts {
        captured: told.captured(frame.time, rate),
        playout_delay: told.playout_delay,
        ..FrameFacts::default()
    }
}

pub(super) fn facts_of_picture(frame: &VideoFrame, told: &Told, rate: u32) -> FrameFacts {
    FrameFacts {
        info: frame.info,
        picture_id: frame.picture,
        captured: told.captured(frame.time, rate),
        playout_delay: told.playout_delay,
    }
}
