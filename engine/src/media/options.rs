//! What may be said along with a frame.

use std::time::Instant;

use crate::ids::Rid;
use crate::rtp::extension::PlayoutDelay;
use crate::rtp::format::FrameInfo;

/// What may be said along with a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// The simulcast layer, where layers were negotiated.
    pub rid: Option<Rid>,
    /// Level of RFC 6464 in dBov, 0 (loudest) to -127 (silence).
    pub audio_level: Option<i8>,
    /// The frame holds a voice.
    pub voice_activity: bool,
    /// When the frame was captured, for the reports that let receivers synchronise tracks. The
    /// time of writing when absent. Where it is said, and the header extension `abs-capture-time`
    /// was agreed on, packets tell it too: once a second, and in between where a frame is more than
    /// 5 ms from where its timestamp has it. The session of str0m does not.
    pub captured_at: Option<Instant>,
    /// What an encoder with layers tells of a picture, so that receivers and forwarders know what
    /// they can do without. It goes into the payload descriptor of VP8 (RFC 7741) and VP9 (RFC
    /// 9628); for AV1, H.264 and H.265 into the dependency descriptor (AV1 RTP specification,
    /// appendix A), where that was agreed on and the picture has one spatial layer. Say it with
    /// every picture from a keyframe on, also with those of the lowest layer. Whether it is a
    /// keyframe is taken from the frame. Spatial layers of VP9 are written one after the other,
    /// each with its own bytes and the time of all. In a dependency descriptor a picture that names
    /// no references is one that needs the latest of each layer from its own down; or the latest
    /// of the lowest alone, where its layer begins with it. The session of str0m does not tell it,
    /// and refuses spatial layers above the lowest.
    pub layer: Option<FrameInfo>,
    /// The delay from capture to showing that is wanted of the receiver: goes into the header
    /// extension `playout-delay`, where it was agreed on. It holds for the stream until another is
    /// said. All packets tell it until a receiver report shows that one of them arrived, and those
    /// of each later keyframe. The session of str0m does not.
    ///
    /// ```
    /// use std::time::Duration;
    /// use lapwing_engine::WriteOptions;
    /// use lapwing_engine::rtp::extension::PlayoutDelay;
    /// let at_once = PlayoutDelay::new(Duration::ZERO, Duration::from_millis(100));
    /// let options = WriteOptions { playout_delay: at_once, ..WriteOptions::default() };
    /// assert_eq!(options.playout_delay.unwrap().max(), Duration::from_millis(100));
    /// ```
    pub playout_delay: Option<PlayoutDelay>,
}
