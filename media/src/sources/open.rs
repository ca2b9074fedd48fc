//! Files by their first bytes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::files::{FileError, IvfReader, OggOpusReader, WavReader, Y4mReader, magic};
use crate::sources::{
    AudioSource, DecodedAudio, DecodedVideo, OpenError, OpenReason, Paced, Playback, VideoSource,
};

/// Formats of [`open_video`].
const VIDEO: &str = "Y4M (8 bits, 4:2:0) and IVF (AV1, VP8)";
/// Formats of [`open_audio`].
const AUDIO: &str = "WAV and Ogg/Opus";

/// Plays the pictures of a file: Y4M, or IVF with a codec that is built in.
///
/// # Errors
/// When the file cannot be read, is of another format, or needs a decoder that is not built in.
pub fn open_video(
    path: impl AsRef<Path>,
    playback: Playback,
) -> Result<Box<dyn VideoSource>, OpenError> {
    let path = path.as_ref();
    let open = || -> Result<Box<dyn VideoSource>, OpenReason> {
        let (file, start) = open_file(path)?;
        if start.starts_with(magic::Y4M) {
            return Ok(Box::new(Paced::new(Y4mReader::new(file)?, playback)));
        }
        if start.starts_with(magic::IVF) {
            let reader = DecodedVideo::new(IvfReader::new(file)?)?;
            return Ok(Box::new(Paced::new(reader, playback)));
        }
        Err(OpenReason::Unknown { supported: VIDEO })
    };
    open().map_err(|reason| OpenError { path: path.to_owned(), reason })
}

/// Plays the sound of a file: WAV, or Opus in Ogg, the latter at 48 kHz.
///
/// # Errors
/// When the file cannot be read, is of another format, or needs a decoder that is not built in.
pub fn open_audio(
    path: impl AsRef<Path>,
    playback: Playback,
) -> Result<Box<dyn AudioSource>, OpenError> {
    let path = path.as_ref();
    let open = || -> Result<Box<dyn AudioSource>, OpenReason> {
        let (file, start) = open_file(path)?;
        if magic::is_wav(&start) {
            return Ok(Box::new(Paced::new(WavReader::new(file)?, playback)));
        }
        if start.starts_with(magic::OGG) {
            let reader = DecodedAudio::new(OggOpusReader::new(file)?)?;
            return Ok(Box::new(Paced::new(reader, playback)));
        }
        Err(OpenReason::Unknown { supported: AUDIO })
    };
    open().map_err(|reason| OpenError { path: path.to_owned(), reason })
}

/// A file at its start, and its first bytes.
fn open_file(path: &Path) -> Result<(File, Vec<u8>), FileError> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    file.by_ref().take(magic::LONGEST).read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    Ok((file, start))
}
