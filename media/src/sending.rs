//! What senders decide: how encoders are to work over the network as it is.

mod audio_control;
mod ladder;
mod preference;
mod simulcast;
mod stream;
mod video_control;
mod video_sender;

pub use audio_control::{AudioChoice, audio_choice};
pub use preference::{ContentHint, DegradationPreference};
pub use simulcast::{LayerShare, SimulcastLayer, layer_names};
pub use video_control::{VideoControl, VideoFormat, VideoPlan};
pub use video_sender::{SentFrame, VideoSender, VideoSenderSettings, VideoSenderStats};
