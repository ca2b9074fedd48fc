//! What `a=fmtp` says of each codec, and which formats of two sides are the same.
//!
//! [`matches()`] compares two formats. What a codec says is had by its own type, [`H264Parameters`]
//! and so on, from [`Format::parameters`](super::Format::parameters).
//!
//! ```
//! use lapwing_engine::sdp::parameters::H264Parameters;
//! let read = |text| H264Parameters::parse(Some(text)).unwrap();
//! let theirs = read("packetization-mode=1;profile-level-id=42e01f");
//! let ours = read("packetization-mode=1;profile-level-id=42e034");
//! let answer = ours.answer_to(&theirs).unwrap();
//! assert_eq!(answer.to_string(), "packetization-mode=1;profile-level-id=42e01f");
//! ```

mod av1;
mod encoding;
mod h264;
mod list;
mod opus;
mod profile_level;
mod red;
mod rtx;
mod same;
mod telephone_event;
mod vp8;
mod vp9;

pub use av1::Av1Parameters;
pub use encoding::Encoding;
pub use h264::H264Parameters;
pub(crate) use list::value;
pub use opus::OpusParameters;
pub use profile_level::{H264Level, H264Profile, ProfileLevelId};
pub use red::RedParameters;
pub use rtx::RtxParameters;
pub use same::matches;
pub use telephone_event::TelephoneEvents;
pub use vp8::Vp8Parameters;
pub use vp9::Vp9Parameters;
