//! The receiver of sound: packets in as the network gives them, 10 ms of sound out every 10 ms.

mod arrivals;
mod comfort;
mod counts;
mod decide;
mod decoders;
mod expand;
mod histogram;
mod join;
mod noise;
mod packets;
mod pitch;
mod play;
mod receiver;
mod settings;
mod stream;
mod stretch;
mod tones;
mod upsample;
mod voice;

pub use counts::{AudioReceiverStats, DroppedPackets};
pub use receiver::AudioReceiver;
pub use settings::HearingSettings;
