//! The segment of a WebM file (RFC 9559): what stands before its clusters, and the clusters.
//!
//! 1. Everything before the first cluster is written at once, with its final length: where things
//!    are, the duration, the tracks, and an index that is still empty.
//! 2. A cluster is held until it is whole, and then written and flushed.
//! 3. After that the index gets its entry and the duration its value, in place.
//!
//! So whatever moment a program is killed at, the file holds all whole clusters, says how long it
//! is and can be sought in. The size of the segment stays unknown until the end.

use std::io::{Seek, SeekFrom, Write};
use std::time::Duration;

use crate::files::webm::index::Index;
use crate::files::{FileError, ebml};

/// Longest cluster: what a program that is killed loses.
const CLUSTER_MAX: Duration = Duration::from_secs(1);

/// Bytes after which a cluster ends early.
const CLUSTER_BYTES_MAX: usize = 8 << 20;

/// Ticks of the file's clock: milliseconds, as WebM has it.
const TICK_NS: u64 = 1_000_000;

/// One track, as it is described.
#[derive(Clone, Debug)]
pub(super) struct Track {
    /// From one on; below 127.
    pub(super) number: u8,
    pub(super) codec: &'static str,
    /// The codec's own description.
    pub(super) private: Vec<u8>,
    pub(super) form: Form,
}

/// What a track holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// Pictures of this width and height.
    Video(u32, u32),
    /// Sound on as many channels, at 48 kHz.
    Audio(u8),
}

/// A frame with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) track: u8,
    /// From the start of the file on; never less than that of the block before.
    pub(super) at: Duration,
    /// How long it lasts.
    pub(super) length: Duration,
    pub(super) keyframe: bool,
    /// Whether playing may begin with it.
    pub(super) entry: bool,
    pub(super) data: &'a [u8],
}

/// The cluster that is being filled.
#[derive(Debug, Default)]
struct Cluster {
    /// Milliseconds.
    start: u64,
    blocks: Vec<u8>,
    /// Time and track of the first block that playing may begin with.
    entry: Option<(u64, u8)>,
}

/// Writes a segment into a file.
#[derive(Debug)]
pub(super) struct Segment<W> {
    file: W,
    /// Where the file begins in what it is written to.
    origin: u64,
    /// Where the segment's content begins in the file.
    base: u64,
    /// Where the next cluster goes in the file.
    end: u64,
    duration_at: u64,
    index: Index,
    cluster: Cluster,
    /// Where the last block ends, in milliseconds.
    duration: f64,
}

impl<W: Write + Seek> Segment<W> {
    /// Writes what stands before the clusters.
    pub(super) fn new(mut file: W, tracks: &[Track]) -> Result<Self, FileError> {
        let origin = file.stream_position()?;
        let head = Head::new(tracks);
        file.write_all(&head.bytes)?;
        file.flush()?;
        let end = head.bytes.len() as u64;
        let Head { base, duration_at, index, .. } = head;
        let cluster = Cluster::default();
        Ok(Segment { file, origin, base, end, duration_at, index, cluster, duration: 0.0 })
    }

    /// Takes the next block.
    pub(super) fn write(&mut self, block: Block<'_>) -> Result<(), FileError> {
        let at = u64::try_from(block.at.as_millis()).unwrap_or(u64::MAX);
        let full = at - self.cluster.start.min(at) >= CLUSTER_MAX.as_millis() as u64
            || self.cluster.blocks.len() >= CLUSTER_BYTES_MAX
            || block.entry && self.cluster.entry.is_none();
        if full || self.cluster.blocks.is_empty() {
            self.end_cluster()?;
            self.cluster.start = at;
        }
        let since = i16::try_from(at - self.cluster.start).expect("a cluster has a second");
        let cluster = &mut self.cluster;
        if block.entry && cluster.entry.is_none() {
            cluster.entry = Some((at, block.track));
        }
        const SIMPLE_BLOCK: u32 = 0xa3;
        ebml::id(&mut cluster.blocks, SIMPLE_BLOCK);
        ebml::size(&mut cluster.blocks, block.data.len() as u64 + 4);
        cluster.blocks.push(0x80 | block.track);
        cluster.blocks.extend_from_slice(&since.to_be_bytes());
        cluster.blocks.push(u8::from(block.keyframe) << 7);
        cluster.blocks.extend_from_slice(block.data);
        let end = block.at.saturating_add(block.length).as_secs_f64() * 1_000.0;
        self.duration = self.duration.max(end);
        Ok(())
    }

    /// Writes the cluster, and what the head says of it.
    fn end_cluster(&mut self) -> Result<(), FileError> {
        let cluster = std::mem::take(&mut self.cluster);
        if cluster.blocks.is_empty() {
            return Ok(());
        }
        const CLUSTER: u32 = 0x1f43_b675;
        const TIMESTAMP: u32 = 0xe7;
        let mut start = Vec::new();
        ebml::number(&mut start, TIMESTAMP, cluster.start);
        let mut bytes = Vec::with_capacity(cluster.blocks.len() + 24);
        ebml::id(&mut bytes, CLUSTER);
        bytes.extend_from_slice(&ebml::long_size((start.len() + cluster.blocks.len()) as u64));
        bytes.extend_from_slice(&start);
        bytes.extend_from_slice(&cluster.blocks);
        self.file.seek(SeekFrom::Start(self.origin + self.end))?;
        self.file.write_all(&bytes)?;
        // It must be there before anything points to it.
        self.file.flush()?;
        let position = self.end - self.base;
        self.end += bytes.len() as u64;
        if let Some((time, track)) = cluster.entry {
            for (at, bytes) in self.index.add(time, track, position) {
                self.patch(at, &bytes)?;
            }
        }
        self.patch(self.duration_at, &self.duration.to_be_bytes())
    }

    /// Writes over what is there, and flushes.
    fn patch(&mut self, at: u64, bytes: &[u8]) -> Result<(), FileError> {
        self.file.seek(SeekFrom::Start(self.origin + at))?;
        self.file.write_all(bytes)?;
        self.file.flush()?;
        Ok(())
    }

    /// Writes what is held, and the size of the segment.
    pub(super) fn finish(mut self) -> Result<W, FileError> {
        self.end_cluster()?;
        self.patch(self.base - 8, &ebml::long_size(self.end - self.base))?;
        self.file.seek(SeekFrom::Start(self.origin + self.end))?;
        Ok(self.file)
    }
}

/// The bytes before the first cluster, and what is where in them.
struct Head {
    bytes: Vec<u8>,
    base: u64,
    duration_at: u64,
    index: Index,
}

impl Head {
    fn new(tracks: &[Track]) -> Self {
        const SEGMENT: u32 = 0x1853_8067;
        let mut bytes = ebml_header();
        ebml::id(&mut bytes, SEGMENT);
        bytes.extend_from_slice(&ebml::UNKNOWN_SIZE);
        let base = bytes.len() as u64;
        let (info, described) = (info(), track_list(tracks));
        let info_at = base + SEEK_HEAD_LENGTH;
        let tracks_at = info_at + info.len() as u64;
        let index = Index::behind(tracks_at + described.len() as u64);
        let relative = |at: u64| at - base;
        let places = [
            (INFO, relative(info_at)),
            (TRACKS, relative(tracks_at)),
            (Index::ID, relative(index.at())),
        ];
        seek_head(&mut bytes, places);
        debug_assert_eq!(bytes.len() as u64, info_at, "the list of places has a fixed length");
        bytes.extend_from_slice(&info);
        bytes.extend_from_slice(&described);
        index.write_empty(&mut bytes);
        Head { bytes, base, duration_at: info_at + DURATION_IN_INFO, index }
    }
}

const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;

/// Length of [`seek_head`].
const SEEK_HEAD_LENGTH: u64 = 5 + 3 * 21;

/// Where in [`info`] the value of the duration is: behind two headers.
const DURATION_IN_INFO: u64 = 5 + 3;

fn ebml_header() -> Vec<u8> {
    const EBML: u32 = 0x1a45_dfa3;
    let mut out = Vec::new();
    ebml::master(&mut out, EBML, |out| {
        ebml::number(out, 0x4286, 1); // EBMLVersion
        ebml::number(out, 0x42f7, 1); // EBMLReadVersion
        ebml::number(out, 0x42f2, 4); // EBMLMaxIDLength
        ebml::number(out, 0x42f3, 8); // EBMLMaxSizeLength
        ebml::text(out, 0x4282, "webm"); // DocType
        ebml::number(out, 0x4287, 4); // DocTypeVersion
        ebml::number(out, 0x4285, 2); // DocTypeReadVersion
    });
    out
}

/// Where the other parts of the head are (RFC 9559 section 5.1.1).
fn seek_head(out: &mut Vec<u8>, places: [(u32, u64); 3]) {
    const SEEK_HEAD: u32 = 0x114d_9b74;
    const SEEK: u32 = 0x4dbb;
    const SEEK_ID: u32 = 0x53ab;
    const SEEK_POSITION: u32 = 0x53ac;
    ebml::master(out, SEEK_HEAD, |out| {
        for (id, position) in places {
            ebml::master(out, SEEK, |out| {
                ebml::binary(out, SEEK_ID, &id.to_be_bytes());
                ebml::long_number(out, SEEK_POSITION, position);
            });
        }
    });
}

/// The clock and the duration, still zero.
fn info() -> Vec<u8> {
    let mut out = Vec::new();
    let program = concat!("lapwing ", env!("CARGO_PKG_VERSION"));
    ebml::master(&mut out, INFO, |out| {
        ebml::float(out, 0x4489, 0.0); // Duration
        ebml::number(out, 0x002a_d7b1, TICK_NS); // TimestampScale
        ebml::text(out, 0x4d80, program); // MuxingApp
        ebml::text(out, 0x5741, program); // WritingApp
    });
    out
}

fn track_list(tracks: &[Track]) -> Vec<u8> {
    let mut out = Vec::new();
    ebml::master(&mut out, TRACKS, |out| {
        for track in tracks {
            ebml::master(out, 0xae, |out| track_entry(out, track));
        }
    });
    out
}

fn track_entry(out: &mut Vec<u8>, track: &Track) {
    ebml::number(out, 0xd7, track.number.into()); // TrackNumber
    ebml::number(out, 0x73c5, track.number.into()); // TrackUID
    ebml::number(out, 0x9c, 0); // FlagLacing
    ebml::text(out, 0x86, track.codec); // CodecID
    if !track.private.is_empty() {
        ebml::binary(out, 0x63a2, &track.private); // CodecPrivate
    }
    match track.form {
        Form::Video(width, height) => {
            ebml::number(out, 0x83, 1); // TrackType
            ebml::master(out, 0xe0, |out| {
                ebml::number(out, 0xb0, width.into()); // PixelWidth
                ebml::number(out, 0xba, height.into()); // PixelHeight
            });
        }
        Form::Audio(channels) => {
            // 80 ms, as WebM asks of Opus.
            ebml::number(out, 0x56bb, 80_000_000); // SeekPreRoll
            ebml::number(out, 0x83, 2); // TrackType
            ebml::master(out, 0xe1, |out| {
                ebml::float(out, 0xb5, 48_000.0); // SamplingFrequency
                ebml::number(out, 0x9f, channels.into()); // Channels
            });
        }
    }
}
