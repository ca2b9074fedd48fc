//! Header extensions (RFC 8285): elements, what they are called, and a view and a representation
//! for each that is known.
//!
//! ```
//! use lapwing_engine::rtp::RtpPacket;
//! use lapwing_engine::rtp::extension::{AudioLevel, ExtensionMap};
//! // One element of the one-byte form, with identifier 1 and a byte of value.
//! let bytes = [0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0, 1, 0x10, 0x85, 0, 0];
//! let packet = RtpPacket::parse(&bytes).unwrap();
//! let map = ExtensionMap::new([(1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level")]).unwrap();
//! let level: AudioLevel = map.read(packet.elements()).unwrap();
//! assert_eq!((level.level, level.voice), (-5, true));
//! ```

mod abs_capture_time;
mod abs_send_time;
mod audio_level;
mod color_space;
mod content_type;
mod csrc_audio_levels;
mod elements;
mod identification;
mod kind;
mod layers_allocation;
mod map;
mod playout_delay;
#[cfg(test)]
mod tests;
mod transmission_offset;
mod transport_sequence;
mod value;
mod video_orientation;
mod video_timing;

pub use abs_capture_time::AbsCaptureTime;
pub use abs_send_time::AbsSendTime;
pub use audio_level::AudioLevel;
pub use color_space::{ColorSpace, HdrMetadata};
pub use content_type::VideoContentType;
pub use csrc_audio_levels::CsrcAudioLevels;
pub(crate) use elements::ElementWriter;
pub use elements::{ElementForm, Elements, ONE_BYTE_PROFILE, is_two_byte_profile};
pub use identification::{MidExtension, RepairedRtpStreamId, RtpStreamId};
pub use kind::ExtensionKind;
pub use layers_allocation::{
    ALLOCATED_LAYERS_MAX, AllocatedLayer, AllocatedResolution, VideoLayersAllocation,
};
pub use map::{EXTENSIONS_MAX, ExtensionMap, ExtensionMapError, URI_BYTES_MAX};
pub use playout_delay::PlayoutDelay;
pub use transmission_offset::TransmissionOffset;
pub use transport_sequence::TransportSequenceNumber;
pub use value::HeaderExtension;
pub use video_orientation::{Rotation, VideoOrientation};
pub use video_timing::VideoTiming;
