//! Where media end: files.
//!
//! ```
//! use std::io::Cursor;
//! use lapwing_engine::MediaTime;
//! use lapwing_media::sinks::WavWriter;
//! use lapwing_media::Samples;
//!
//! let mut sink = WavWriter::new(Cursor::new(Vec::new()), 8_000, 1)?;
//! sink.write(&Samples::new(vec![0.0; 80], 8_000, 1, MediaTime::new(0, 8_000))?)?;
//! let file = sink.finish()?.into_inner();
//! assert_eq!((&file[..4], file.len()), (&b"RIFF"[..], 44 + 160));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::files::{
    IvfWriter, OggOpusWriter, OpusHead, WavWriter, WebmTracks, WebmWriter, Y4mWriter,
};
