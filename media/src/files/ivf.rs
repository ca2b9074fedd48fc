//! IVF: encoded frames of one video codec, each with its size and time.

use std::io::{BufReader, Read, Seek, SeekFrom, Write};

use lapwing_engine::{Codec, EncodedFrame, MediaTime};

use crate::codecs::{is_keyframe, obu};
use crate::files::input::Input;
use crate::files::{FileError, FrameReader, Reader};

/// The first bytes of every file.
pub(crate) const MAGIC: &[u8] = b"DKIF";

/// Length of the file's header.
const HEADER: usize = 32;

/// Largest frame taken, in bytes: an uncompressed picture at the size limit.
const MAX_FRAME_BYTES: u32 = 64 << 20;

/// The codecs by the names they have in the header.
const CODECS: [(Codec, &[u8; 4]); 4] =
    [(Codec::Vp8, b"VP80"), (Codec::Vp9, b"VP90"), (Codec::Av1, b"AV01"), (Codec::H264, b"H264")];

/// Reads encoded frames. AV1 comes as the engine carries it, without temporal delimiters.
#[derive(Debug)]
pub struct IvfReader<R> {
    input: Input<BufReader<R>>,
    codec: Codec,
    size: (u32, u32),
    /// Ticks per second, as a fraction.
    rate: (u32, u32),
    /// Offset of the first frame.
    first: u64,
    /// Frames without bytes since then.
    skipped: u64,
}

impl<R: Read + Seek> IvfReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When it is none, or for a codec that the engine does not know.
    pub fn new(file: R) -> Result<Self, FileError> {
        let mut input = Input::new(BufReader::new(file));
        let mut header = [0; HEADER];
        let what = "the IVF header";
        if !input.fill(&mut header, what)? {
            return Err(FileError::Truncated { offset: 0, what });
        }
        let malformed = |offset, what| FileError::Malformed { offset, what };
        let short = |at: usize| u32::from(u16::from_le_bytes([header[at], header[at + 1]]));
        if !header.starts_with(MAGIC) || short(4) != 0 {
            return Err(malformed(0, "no IVF header of version 0"));
        }
        let first = u64::from(short(6));
        if first < HEADER as u64 {
            return Err(malformed(6, "an IVF header shorter than itself"));
        }
        let codec = CODECS.iter().find(|(_, name)| header[8..12] == **name);
        let &(codec, _) = codec.ok_or_else(|| FileError::Unsupported {
            what: format!("the IVF codec {:?}", String::from_utf8_lossy(&header[8..12])),
        })?;
        let rate = (u32_at(&header, 16), u32_at(&header, 20));
        if rate.0 == 0 || rate.1 == 0 {
            return Err(malformed(16, "an IVF time base of zero"));
        }
        input.seek(SeekFrom::Start(first))?;
        Ok(IvfReader { input, codec, size: (short(12), short(14)), rate, first, skipped: 0 })
    }

    /// What the frames are.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Width and height in pixels, as the header has them; a frame may differ.
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Ticks of the file's clock per second, as a fraction: mostly the frame rate.
    pub fn tick_rate(&self) -> (u32, u32) {
        self.rate
    }
}

impl<R: Read + Seek + Send> Reader for IvfReader<R> {
    type Item = EncodedFrame;

    fn next(&mut self) -> Result<Option<EncodedFrame>, FileError> {
        loop {
            let offset = self.input.offset();
            let mut header = [0; 12];
            if !self.input.fill(&mut header, "an IVF frame header")? {
                return Ok(None);
            }
            let length = u32_at(&header, 0);
            if length > MAX_FRAME_BYTES {
                let what = "an IVF frame above the size limit";
                return Err(FileError::Malformed { offset, what });
            }
            let ticks = u64::from(u32_at(&header, 8)) << 32 | u64::from(u32_at(&header, 4));
            let mut data = self.input.chunk(length as usize, "an IVF frame")?;
            if self.codec == Codec::Av1 && !data.is_empty() {
                let what = "an IVF frame without OBUs";
                data = obu::normalise(&data).map_err(|_| FileError::Malformed { offset, what })?;
            }
            // Encoders that drop a picture leave an empty frame in its place.
            if data.is_empty() {
                self.skipped += 1;
                continue;
            }
            let keyframe = is_keyframe(self.codec, &data);
            let time = self.time(ticks);
            return Ok(Some(EncodedFrame { codec: self.codec, time, keyframe, data: data.into() }));
        }
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        self.input.seek(SeekFrom::Start(self.first))?;
        self.skipped = 0;
        Ok(())
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

impl<R: Read + Seek + Send> FrameReader for IvfReader<R> {
    fn codec(&self) -> Codec {
        self.codec
    }

    fn size(&self) -> (u32, u32) {
        self.size
    }
}

impl<R> IvfReader<R> {
    fn time(&self, ticks: u64) -> MediaTime {
        let (per, seconds) = self.rate;
        let scale = u128::from(MediaTime::VIDEO_RATE) * u128::from(seconds);
        // At most 64 + 17 + 32 bits.
        let ticks = u128::from(ticks) * scale / u128::from(per);
        MediaTime::new(u64::try_from(ticks).unwrap_or(u64::MAX), MediaTime::VIDEO_RATE)
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Writes encoded frames of one codec, with a clock of 90 kHz.
#[derive(Debug)]
pub struct IvfWriter<W> {
    file: W,
    codec: Codec,
    count: u32,
    /// Offset of the header in `file`.
    start: u64,
}

impl<W: Write + Seek> IvfWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// When the codec is not for pictures, a side is above 65,535, or the system says no.
    pub fn new(mut file: W, codec: Codec, size: (u32, u32)) -> Result<Self, FileError> {
        let what = "IVF is for video codecs";
        let name = CODECS.iter().find(|entry| entry.0 == codec);
        let (_, name) = name.ok_or(FileError::Rejected { what })?;
        let what = "a side of an IVF picture has 16 bits";
        let side = |side| u16::try_from(side).map_err(|_| FileError::Rejected { what });
        let start = file.stream_position()?;
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(MAGIC);
        header[6] = HEADER as u8;
        header[8..12].copy_from_slice(*name);
        header[12..14].copy_from_slice(&side(size.0)?.to_le_bytes());
        header[14..16].copy_from_slice(&side(size.1)?.to_le_bytes());
        header[16..20].copy_from_slice(&MediaTime::VIDEO_RATE.to_le_bytes());
        header[20..24].copy_from_slice(&1_u32.to_le_bytes());
        file.write_all(&header)?;
        Ok(IvfWriter { file, codec, count: 0, start })
    }

    /// Writes a frame. AV1 gets the temporal delimiter that files have.
    ///
    /// # Errors
    /// When it is of another codec or too large, or the system says no.
    pub fn write(&mut self, frame: &EncodedFrame) -> Result<(), FileError> {
        if frame.codec != self.codec {
            return Err(FileError::Rejected { what: "all frames of an IVF file have one codec" });
        }
        let delimiter: &[u8] =
            if self.codec == Codec::Av1 { &obu::TEMPORAL_DELIMITER_OBU } else { &[] };
        let length = u32::try_from(delimiter.len() + frame.data.len()).ok();
        let length = length.filter(|&length| length <= MAX_FRAME_BYTES);
        let length =
            length.ok_or(FileError::Rejected { what: "an IVF frame has 64 MiB at most" })?;
        let ticks = frame.time.rebase(MediaTime::VIDEO_RATE).ticks();
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(&ticks.to_le_bytes())?;
        self.file.write_all(delimiter)?;
        self.file.write_all(&frame.data)?;
        self.count = self.count.saturating_add(1);
        Ok(())
    }

    /// Writes the number of frames into the header, and what is left.
    ///
    /// # Errors
    /// When the system says no.
    pub fn finish(mut self) -> Result<W, FileError> {
        self.file.seek(SeekFrom::Start(self.start + 24))?;
        self.file.write_all(&self.count.to_le_bytes())?;
        self.file.seek(SeekFrom::End(0))?;
        self.file.flush()?;
        Ok(self.file)
    }
}
