//! Frames from packets: video when all of a frame is there, audio at once.

mod audio;
mod continuity;
mod descriptors;
mod joined;
mod parts;
mod places;
mod progress;
mod slots;
mod spatial;
mod taking;
#[cfg(test)]
mod tests;
mod video;

pub use audio::{AudioAssembler, AudioFrame, AudioPacket, AudioPushed};
pub use parts::{AssemblyCounts, Pushed, SpatialLayer, VideoFrame, VideoPacket};
pub use slots::PACKETS_MAX;
pub use video::{VideoAssembler, WAITING_BYTES_MAX};
