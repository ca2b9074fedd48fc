//! Where media begin: files, played at their pace, and generated pictures and sound.
//!
//! A source knows no clock. Its first poll starts it; after that each item is given once the time
//! it is polled with has reached the item's own.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use lapwing_media::sources::{TestPattern, read_frame_number};
//! use lapwing_media::{Polled, Source};
//!
//! let mut source = TestPattern::new(320, 180, 25)?;
//! let start = Instant::now();
//! let first = source.poll(start).item().expect("due at once");
//! assert_eq!(read_frame_number(&first), Some(0));
//! assert_eq!(source.poll(start), Polled::Wait(start + Duration::from_millis(40)));
//! # Ok::<(), lapwing_media::PictureError>(())
//! ```

#[cfg(feature = "aac")]
mod aac;
mod decoded;
mod decoded_track;
mod error;
mod font;
mod open;
mod paced;
mod test_pattern;
mod tone;
mod traits;

pub use decoded::{DecodedAudio, DecodedFrames, DecodedVideo};
pub use decoded_track::DecodedTrack;
pub use error::{OpenError, OpenReason};
pub use open::{open_audio, open_video};
pub use paced::{Paced, Playback};
pub use test_pattern::{TestPattern, read_frame_number};
pub use tone::Tone;
pub use traits::{AudioReader, AudioSource, VideoReader, VideoSource};
