//! One encoder of a sender, and what it is told.

use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame, Rid};

use crate::codecs::{CodecError, EncodeError, VideoEncoder, VideoSettings, video_encoder};
use crate::picture::Picture;

/// Keyframes are not made more often, whoever asks: each is worth ten other frames.
const KEYFRAME_EVERY: Duration = Duration::from_millis(300);

/// One encoder, and what it is told.
pub(super) struct Stream {
    pub(super) rid: Option<Rid>,
    pub(super) encoder: Box<dyn VideoEncoder>,
    pub(super) bitrate_bps: u32,
    frame_rate: u32,
    pub(super) keyframe_wanted: bool,
    last_keyframe: Option<Instant>,
    /// A layer that is not sent makes nothing, and begins with a keyframe.
    pub(super) sends: bool,
}

impl Stream {
    pub(super) fn new(
        rid: Option<Rid>,
        codec: Codec,
        settings: &VideoSettings,
    ) -> Result<Self, CodecError> {
        Ok(Stream {
            rid,
            encoder: video_encoder(codec, settings)?,
            bitrate_bps: settings.bitrate_bps,
            frame_rate: settings.frame_rate,
            keyframe_wanted: true,
            last_keyframe: None,
            sends: rid.is_none(),
        })
    }

    pub(super) fn set_bitrate(&mut self, bps: u32) {
        if bps != self.bitrate_bps {
            self.bitrate_bps = bps;
            self.encoder.set_bitrate(bps);
        }
    }

    pub(super) fn set_frame_rate(&mut self, rate: f64) {
        let rate = rate.round().max(1.0) as u32;
        if rate != self.frame_rate {
            self.frame_rate = rate;
            self.encoder.set_frame_rate(rate);
        }
    }

    pub(super) fn encode(
        &mut self,
        picture: &Picture,
        now: Instant,
    ) -> Result<Vec<EncodedFrame>, EncodeError> {
        let recent = self.last_keyframe.is_some_and(|last| now < last + KEYFRAME_EVERY);
        let force = self.keyframe_wanted && !recent;
        let frames = self.encoder.encode(picture, force)?;
        if force {
            self.keyframe_wanted = false;
            self.last_keyframe = Some(now);
        }
        if frames.iter().any(|frame| frame.keyframe) {
            self.last_keyframe = Some(now);
        }
        Ok(frames)
    }
}
