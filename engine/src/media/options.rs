//! What may be said along with a frame.

use std::time::Instant;

use crate::ids::Rid;

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
}
