//! The committed clips, and what tests make of them.

use std::fs::File;
use std::path::PathBuf;

use lapwing_engine::{EncodedFrame, MediaTime};
use lapwing_media::files::{IvfReader, OggOpusReader, Reader, WavReader};
use lapwing_media::sources::{AudioReader, DecodedVideo};
use lapwing_media::{Picture, Samples};

pub(crate) const VP8: &str = "bunny-640x360.vp8.ivf";
pub(crate) const AV1: &str = "bunny-320x180.av1.ivf";
pub(crate) const WAV: &str = "speech-16k.wav";
pub(crate) const OPUS: &str = "speech.opus";

pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)
}

pub(crate) fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).expect("the clip is committed")
}

/// A small file of a kind that was refused once.
pub(crate) fn case_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)
}

/// The bytes of a case.
pub(crate) fn case(name: &str) -> Vec<u8> {
    std::fs::read(case_path(name)).expect("the case is committed")
}

fn file(name: &str) -> File {
    File::open(path(name)).expect("the clip is committed")
}

/// All that a reader gives.
pub(crate) fn all<R: Reader>(mut reader: R) -> Vec<R::Item> {
    std::iter::from_fn(|| reader.next().expect("the file is good")).collect()
}

/// The first pictures of a clip.
pub(crate) fn pictures(name: &str, count: usize) -> Vec<Picture> {
    let mut reader = DecodedVideo::new(IvfReader::new(file(name)).unwrap()).unwrap();
    let mut next = || reader.next().expect("the clip is good");
    (0..count).map(|_| next().expect("the clip is long enough")).collect()
}

/// The frames of a video clip.
pub(crate) fn frames(name: &str) -> Vec<EncodedFrame> {
    all(IvfReader::new(file(name)).unwrap())
}

/// The packets of the speech clip.
pub(crate) fn packets() -> Vec<EncodedFrame> {
    all(OggOpusReader::new(file(OPUS)).unwrap())
}

/// The speech clip at 16 kHz, in one piece.
pub(crate) fn speech() -> Samples {
    let reader = WavReader::new(file(WAV)).unwrap();
    join(reader)
}

/// All samples of a reader in one piece.
pub(crate) fn join(reader: impl AudioReader) -> Samples {
    let (rate, channels) = (reader.rate(), reader.channels());
    let data = all(reader).into_iter().flat_map(Samples::into_data).collect();
    Samples::new(data, rate, channels, MediaTime::new(0, rate)).unwrap()
}
