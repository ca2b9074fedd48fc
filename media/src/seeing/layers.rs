//! Which temporal layer a frame is of.

use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{Codec, EncodedFrame};

use crate::codecs::obu;

/// What is known of a frame's layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layer {
    /// 0 for the slowest, or where nothing is known.
    pub(super) temporal: u8,
    /// It refers to the slowest layer only.
    pub(super) sync: bool,
    /// Nothing refers to it.
    pub(super) discardable: bool,
}

impl Layer {
    /// As the payload descriptor or the dependency descriptor told it.
    pub(super) fn told(info: &FrameInfo) -> Self {
        Layer {
            temporal: info.temporal,
            sync: info.layer_sync,
            discardable: info.discardable && !info.keyframe,
        }
    }

    /// As the frame itself has it: AV1 alone says it, in the extension of its OBUs' headers
    /// (section 5.3.3 of the specification).
    pub(super) fn of(frame: &EncodedFrame) -> Self {
        if frame.codec != Codec::Av1 || frame.keyframe {
            return Layer::default();
        }
        Layer { temporal: av1_temporal(&frame.data).unwrap_or(0), ..Layer::default() }
    }
}

/// The temporal layer of the first OBU that says one.
fn av1_temporal(data: &[u8]) -> Option<u8> {
    obu::parse(data).ok()?.iter().find_map(|obu| obu.extension).map(|extension| extension >> 5)
}

#[cfg(test)]
mod tests {
    use lapwing_engine::MediaTime;

    use super::*;

    #[test]
    fn av1_says_its_layer_itself() {
        let frame = |data: &[u8]| EncodedFrame {
            codec: Codec::Av1,
            time: MediaTime::new(0, MediaTime::VIDEO_RATE),
            keyframe: false,
            data: data.into(),
        };
        // A frame with an extension: temporal layer 2; one without; no OBU at all.
        assert_eq!(Layer::of(&frame(&[6 << 3 | 6, 2 << 5, 1, 0])).temporal, 2);
        assert_eq!(Layer::of(&frame(&[6 << 3 | 2, 1, 0])).temporal, 0);
        assert_eq!(Layer::of(&frame(&[0xff])), Layer::default());
    }
}
