//! What the readers of containers have in common.

use std::io::{Read, Seek};
use std::time::Duration;

use lapwing_engine::{Codec, MediaKind, MediaTime};

use crate::files::FileError;

/// Largest frame taken, in bytes: an uncompressed picture at the size limit.
pub(super) const MAX_FRAME_BYTES: u64 = 64 << 20;

/// What a container can be read from. Files and memory are.
pub trait Storage: Read + Seek + Send + Sync + 'static {}

impl<T: Read + Seek + Send + Sync + 'static> Storage for T {}

/// One track of a container, as it describes it.
#[derive(Clone, Debug)]
pub(super) struct Description {
    pub(super) codec: TrackCodec,
    /// Width and height in pixels, zero for sound.
    pub(super) size: (u32, u32),
    /// Channels, zero for pictures.
    pub(super) channels: u8,
    /// Samples per second, zero for pictures.
    pub(super) rate: u32,
    /// The codec's own description: `avcC`, `OpusHead`, `AudioSpecificConfig`.
    pub(super) private: Vec<u8>,
}

/// The codecs of tracks that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TrackCodec {
    Known(Codec),
    Aac,
}

/// A frame as it stands in the container.
#[derive(Debug)]
pub(super) struct Packet {
    pub(super) time: MediaTime,
    /// How long before time zero it begins.
    pub(super) lead: Duration,
    pub(super) data: Vec<u8>,
}

/// The frames of one track in the order of the file.
pub(super) trait Packets: Send {
    fn next(&mut self) -> Result<Option<Packet>, FileError>;

    fn rewind(&mut self) -> Result<(), FileError>;
}

/// Said of a file that has no track of a kind.
pub(super) fn no_track(kind: MediaKind) -> FileError {
    FileError::Unsupported { what: format!("a file without {kind}") }
}

/// A time in ticks of any clock, each of a fraction of a second, and how long before zero it is.
pub(super) fn media_time(
    ticks: i128,
    (seconds, parts): (u64, u64),
    rate: u32,
) -> (MediaTime, Duration) {
    let parts = i128::from(parts.max(1));
    let scaled = |rate: u64| {
        let ticks = ticks.saturating_mul(i128::from(seconds)).saturating_mul(i128::from(rate));
        ticks / parts
    };
    let time = u64::try_from(scaled(rate.into()).max(0)).unwrap_or(u64::MAX);
    let lead = u64::try_from((-scaled(1_000_000_000)).max(0)).unwrap_or(u64::MAX);
    (MediaTime::new(time, rate), Duration::from_nanos(lead))
}
