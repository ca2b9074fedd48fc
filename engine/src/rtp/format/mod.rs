//! Payload formats: frames to payloads and back.
//!
//! ```
//! use lapwing_engine::rtp::format::*;
//! let frame = vec![0x10; 3_000];
//! let mut packetizer = Packetizer::new(PayloadFormat::Vp8, 0);
//! let mut plan = PayloadPlan::default();
//! let info = FrameInfo { keyframe: true, ..FrameInfo::default() };
//! packetizer.plan(&frame, &info, 1_200, &mut plan).unwrap();
//!
//! let (mut depacketizer, mut received) = (Depacketizer::new(PayloadFormat::Vp8), Vec::new());
//! for payload in plan.payloads(&frame) {
//!     let mut packet = Vec::new();
//!     payload.write(&mut packet);
//!     depacketizer.append(&packet, &mut received).unwrap();
//! }
//! depacketizer.finish(&received).unwrap();
//! assert_eq!(received, frame);
//! ```

mod annex_b;
mod av1;
mod comfort_noise;
mod depacketizer;
mod error;
mod facts;
mod frame_info;
mod h264;
mod h265;
mod obu;
mod packetizer;
mod payload_format;
mod plan;
mod red;
mod split;
mod superframe;
mod telephone_event;
#[cfg(test)]
mod tests;
mod vp8;
mod vp9;

pub use av1::Av1Packetizer;
pub use comfort_noise::{COEFFICIENTS_MAX, ComfortNoise};
pub use depacketizer::Depacketizer;
pub use error::{PacketizeError, PayloadError};
pub use facts::{FrameStart, Needs, PayloadFacts, PictureId};
pub use frame_info::{FrameInfo, REFERENCES_MAX};
pub use h264::{H264Mode, H264Packetizer};
pub use h265::H265Packetizer;
pub use packetizer::{PAYLOAD_BUDGET_MIN, Packetizer};
pub use payload_format::PayloadFormat;
pub use plan::{Payload, PayloadPlan};
pub use red::{RED_BLOCKS_MAX, RedBlock, RedBlocks, RedPacketizer};
pub use superframe::append_superframe_index;
pub use telephone_event::{EventPacket, EventPackets, TelephoneEvent};
pub use vp8::{Vp8Descriptor, Vp8Packetizer};
pub use vp9::{VP9_SPATIAL_LAYERS_MAX, Vp9Descriptor, Vp9Layer, Vp9Packetizer, Vp9Structure};
