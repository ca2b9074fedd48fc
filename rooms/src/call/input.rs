//! What is sent in a call.

use std::path::PathBuf;

use lapwing_engine::Codec;

/// What is sent, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendConfig {
    /// Where pictures come from.
    pub video: VideoInput,
    /// Where sound comes from.
    pub audio: AudioInput,
    /// The video codec, VP8, VP9, H.264 or AV1, where the other side takes it; else the first of
    /// those that the other side takes.
    pub codec: Option<Codec>,
    /// Size of the pictures; without it 640x360, or 320x180 for AV1.
    pub size: Option<Size>,
    /// Highest video bit rate, in bits per second.
    pub max_bps: u32,
}

/// Where pictures come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoInput {
    /// Generated.
    Pattern,
    /// Nowhere: nothing is sent.
    None,
    /// A file, IVF or Y4M, played again and again.
    File(PathBuf),
}

/// Where sound comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioInput {
    /// Generated.
    Tone,
    /// Nowhere: nothing is sent.
    None,
    /// A file, WAV or Ogg/Opus, played again and again.
    File(PathBuf),
}

/// A size in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Width, even.
    pub width: u32,
    /// Height, even.
    pub height: u32,
}
