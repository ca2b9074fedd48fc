//! Sources of pictures and of sound, and the readers behind those that are files.

use std::io::{Read, Seek};

use crate::files::{FileError, Reader, WavReader, Y4mReader};
use crate::picture::Picture;
use crate::samples::Samples;
use crate::stage::Source;

/// A source of pictures of one size at an even pace.
pub trait VideoSource: Source<Output = Picture> + Send {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Pictures per second, as a fraction.
    fn frame_rate(&self) -> (u32, u32);

    /// Why the source ended before its time, if it did.
    fn fault(&self) -> Option<&FileError> {
        None
    }

    /// How many items of its file were passed over because they hold nothing, or nothing that can
    /// be played. A loop counts them anew each time.
    fn skipped(&self) -> u64 {
        0
    }
}

/// A source of sound in one format.
pub trait AudioSource: Source<Output = Samples> + Send {
    /// Samples per second and channel.
    fn rate(&self) -> u32;

    /// How many channels.
    fn channels(&self) -> u8;

    /// Why the source ended before its time, if it did.
    fn fault(&self) -> Option<&FileError> {
        None
    }

    /// How many items of its file were passed over because they hold nothing, or nothing that can
    /// be played. A loop counts them anew each time.
    fn skipped(&self) -> u64 {
        0
    }
}

/// Reads pictures of one size from a file.
pub trait VideoReader: Reader<Item = Picture> {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Pictures per second, as a fraction.
    fn frame_rate(&self) -> (u32, u32);
}

/// Reads sound in one format from a file.
pub trait AudioReader: Reader<Item = Samples> {
    /// Samples per second and channel.
    fn rate(&self) -> u32;

    /// How many channels.
    fn channels(&self) -> u8;
}

impl<R: Read + Seek + Send> VideoReader for Y4mReader<R> {
    fn size(&self) -> (u32, u32) {
        Y4mReader::size(self)
    }

    fn frame_rate(&self) -> (u32, u32) {
        Y4mReader::frame_rate(self)
    }
}

impl<R: Read + Seek + Send> AudioReader for WavReader<R> {
    fn rate(&self) -> u32 {
        WavReader::rate(self)
    }

    fn channels(&self) -> u8 {
        WavReader::channels(self)
    }
}
