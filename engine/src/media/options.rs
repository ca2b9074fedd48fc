//! What may be said along with a frame.

use std::time::Instant;

use crate::ids::Rid;
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
    /// time of writing when absent.
    pub captured_at: Option<Instant>,
    /// What an encoder with layers tells of a picture: goes into the payload descriptor of VP8 (RFC
    /// 7741) and VP9 (RFC 9628), so that receivers and forwarders know what they can do without.
    /// Say it with every picture from a keyframe on, also with those of the lowest layer. Whether
    /// it is a keyframe is taken from the frame. Other codecs do not tell it, nor does the session
    /// of str0m.
    pub layer: Option<FrameInfo>,
}
