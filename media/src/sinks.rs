//! Where media end: files.
//!
//! ```
//! mod push;

pub use crate::files::{IvfWriter, OggOpusWriter, OpusHead, WavWriter, Y4mWriter};
#[cfg(feature = "webm")]
pub use crate::files::{WebmTracks, WebmWriter};
