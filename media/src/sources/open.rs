//! Files by their first bytes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::files::{
    AudioTrack, FileError, IvfReader, OggOpusReader, VideoTrack, WavReader, Y4mReader, magic,
};
use crate::sources::{
    AudioSource, DecodedAudio, DecodedFrames, DecodedTrack, OpenError, OpenReason, Paced, Playback,
    VideoSource,
};

/// Formats of [`open_video`].
const VIDEO: &str =
    "Y4M (8 bits, 4:2:0), and AV1, VP8, VP9 and H.264 in IVF, WebM, Matroska, MP4 and MOV";
/// Formats of [`open_audio`].
const AUDIO: &str = "WAV, Ogg/Opus, and Opus and AAC in WebM, Matroska, MP4 and MOV";

/// Plays the pictures of a file: Y4M, or IVF, WebM, Matroska, MP4 or MOV with a codec that is built
/// in.
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
            let reader = DecodedFrames::new(IvfReader::new(file)?)?;
            return Ok(Box::new(Paced::new(reader, playback)));
        }
        if magic::is_matroska(&start) || magic::is_mp4(&start) {
            let reader = DecodedFrames::new(VideoTrack::new(file)?)?;
            return Ok(Box::new(Paced::new(reader, playback)));
        }
        Err(OpenReason::Unknown { supported: VIDEO })
    };
    open().map_err(|reason| OpenError { path: path.to_owned(), reason })
}

/// Plays the sound of a file: WAV, Opus in Ogg, or Opus or AAC in WebM, Matroska, MP4 or MOV. Opus
/// comes at 48 kHz.
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
        if magic::is_matroska(&start) || magic::is_mp4(&start) {
            let reader = DecodedTrack::new(AudioTrack::new(file)?)?;
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
