//! What is sent in a call.

use std::path::PathBuf;

use lapwing_engine::Codec;
use lapwing_media::processing::{CleanerSettings, ProcessorSettings};
use lapwing_media::sending::ContentHint;
use lapwing_media::sources::{AudioSource, VideoSource};

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
    /// One stream of pictures, or two or three layers of which each is half as large as the next: a
    /// server hands on to each participant the one that its network carries. Where there is no such
    /// server, one stream.
    pub layers: usize,
    /// Highest video bit rate, in bits per second.
    pub max_bps: u32,
    /// What the pictures show, and so what is given up last when the network carries less.
    pub content: ContentHint,
    /// What is done to sound before it is encoded. Without it what suits the source: everything for
    /// microphones, nothing for files and generated sound.
    pub processing: Option<ProcessorSettings>,
    /// What is done to pictures before they are encoded.
    pub cleaning: CleanerSettings,
    /// Temporal layers of pictures in VP8 and VP9, one to three: of several the upper ones can be
    /// lost or left out without harm to the rest.
    pub temporal_layers: u8,
    /// Spatial layers of pictures in VP9, one to three: sizes of which a server hands on to each
    /// participant those that its network carries. Pictures that are small have fewer.
    pub spatial_layers: u8,
}

impl SendConfig {
    /// What is done to the sound that is sent.
    pub(super) fn sound_processing(&self) -> Option<ProcessorSettings> {
        let suits = (self.audio == AudioInput::Microphone).then_some(ProcessorSettings::ALL);
        self.processing.or(suits)
    }

    /// What the pictures show: screens show text, where nothing else is said.
    pub(super) fn content(&self) -> ContentHint {
        match (self.content, &self.video) {
            (ContentHint::None, VideoInput::Screen) => ContentHint::Detail,
            (said, _) => said,
        }
    }
}

/// Where pictures come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoInput {
    /// Generated.
    Pattern,
    /// Nowhere: nothing is sent.
    None,
    /// A file, played again and again.
    File(PathBuf),
    /// A camera that the program opened: [`Opened::video`].
    Camera,
    /// A screen or a window that the program opened: [`Opened::video`].
    Screen,
}

/// Where sound comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioInput {
    /// Generated.
    Tone,
    /// Nowhere: nothing is sent.
    None,
    /// A file, played again and again.
    File(PathBuf),
    /// A microphone that the program opened, without processing of its own: [`Opened::audio`].
    Microphone,
}

/// Devices that the program opened, for a call to send.
#[derive(Default)]
pub struct Opened {
    /// What [`VideoInput::Camera`] and [`VideoInput::Screen`] stand for.
    pub video: Option<Box<dyn VideoSource>>,
    /// What [`AudioInput::Microphone`] stands for.
    pub audio: Option<Box<dyn AudioSource>>,
}

/// A size in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Width, even.
    pub width: u32,
    /// Height, even.
    pub height: u32,
}
