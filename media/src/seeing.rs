//! The receiver of pictures: frames in as the network gives them, out what is to be decoded and
//! what is to be shown, each when it is due; and what keeps pictures and sound together.

mod arrivals;
mod chain;
mod counts;
mod decode_time;
mod freezes;
mod gap;
mod keyframes;
mod lateness;
mod layers;
mod ntp_clock;
mod pictures;
mod place;
mod receiver;
mod schedule;
mod settings;
mod sizes;
mod synchronizer;
mod waiting;

pub use counts::{DroppedFrames, VideoReceiverStats};
pub use receiver::{VideoFeedback, VideoReceiver, VideoStep};
pub use settings::SeeingSettings;
pub use synchronizer::{SyncDelays, Synchronizer};
