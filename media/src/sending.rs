//! What a sender makes of what the network carries: sizes, rates and layers of pictures.

mod ladder;
mod preference;
mod simulcast;
mod video_control;
mod video_sender;

pub use preference::{ContentHint, DegradationPreference};
pub use simulcast::{LayerShare, SimulcastLayer};
pub use video_control::{VideoControl, VideoFormat, VideoPlan};
pub use video_sender::{SentFrame, VideoSender, VideoSenderSettings, VideoSenderStats};
