//! Where media end: files.
//!
//! ```
//! use std::io::Cursor;
//! use lapwing_engine::MediaTime;
//! use lapwing_media::Picture;
//! use lapwing_media::sinks::Y4mWriter;
//!
//! let picture = Picture::new(64, 48, MediaTime::new(0, 90_000))?;
//! let mut file = Y4mWriter::new(Cursor::new(Vec::new()), picture.size(), (30, 1))?;
//! file.write(&picture)?;
//! assert!(file.finish()?.into_inner().starts_with(b"YUV4MPEG2 W64 H48 F30:1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::files::{IvfWriter, OggOpusWriter, OpusHead, WavWriter, Y4mWriter};
#[cfg(feature = "webm")]
pub use crate::files::{WebmTracks, WebmWriter};
