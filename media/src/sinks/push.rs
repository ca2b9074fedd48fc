//! Writers of files as stages.

use std::io::Cursor;
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

use std::io::{Seek, Write};
use std::time::Instant;

use lapwing_engine::EncodedFrame;

use crate::files::{FileError, IvfWriter, OggOpusWriter, WavWriter, WebmWriter, Y4mWriter};
use crate::picture::Picture;
use crate::samples::Samples;
use crate::stage::Sink;

impl<W: Write + Seek> Sink for IvfWriter<W> {
    type Input = EncodedFrame;
    type Error = FileError;

    fn push(&mut self, item: EncodedFrame, _now: Instant) -> Result<(), FileError> {
        self.write(&item)
    }
}

impl<W: Write> Sink for OggOpusWriter<W> {
    type Input = EncodedFrame;
    type Error = FileError;

    fn push(&mut self, item: EncodedFrame, _now: Instant) -> Result<(), FileError> {
        self.write(&item)
    }
}

impl<W: Write + Seek> Sink for WavWriter<W> {
    type Input = Samples;
    type Error = FileError;

    fn push(&mut self, item: Samples, _now: Instant) -> Result<(), FileError> {
        self.write(&item)
    }
}

impl<W: Write> Sink for Y4mWriter<W> {
    type Input = Picture;
    type Error = FileError;

    fn push(&mut self, item: Picture, _now: Instant) -> Result<(), FileError> {
        self.write(&item)
    }
}

impl<W: Write + Seek> Sink for WebmWriter<W> {
    type Input = EncodedFrame;
    type Error = FileError;

    fn push(&mut self, item: EncodedFrame, _now: Instant) -> Result<(), FileError> {
        self.write(&item)
    }
}
