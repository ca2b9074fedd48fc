//! WAV: raw sound in RIFF chunks.
//!
//! A file is the chunk `RIFF` of the form `WAVE`, which holds `fmt ` and `data` and perhaps others.
//! Chunks start with a name and a length of four bytes each, and are padded to an even length; some
//! writers leave the padding out. Files above 4 GiB are `RF64` (EBU Tech 3306) or `BW64` (ITU-R
//! BS.2088), and their chunk `ds64` has the lengths.
//!
//! A writer that is killed, or writes into a pipe, leaves a length that cannot be true: zero, or
//! beyond the end of the file. The samples then go on to the end.

use std::io::{BufReader, Read, Seek, SeekFrom, Write};

use lapwing_engine::MediaTime;

use crate::codecs::{decode_a, decode_mu};
use crate::files::input::Input;
use crate::files::{FileError, Reader};
use crate::samples::Samples;

/// What files begin with, and the type within them.
const MAGIC: (&[u8], &[u8]) = (b"RIFF", b"WAVE");

/// What files begin with that may be above 4 GiB.
const MAGIC_64: [&[u8]; 2] = [b"RF64", b"BW64"];

/// Whether a file that starts so is WAV; twelve bytes tell.
pub(crate) fn is_wav(start: &[u8]) -> bool {
    let known = |magic| start.starts_with(magic);
    (known(MAGIC.0) || MAGIC_64.into_iter().any(known)) && start.get(8..12) == Some(MAGIC.1)
}

/// Length of the header that [`WavWriter`] writes, and of all before samples in most files.
const HEADER: u32 = 44;

/// Length of the samples in files whose writer could not go back to say it, and in those whose
/// `ds64` has it.
const UNKNOWN_LENGTH: u32 = u32::MAX;

/// Most chunks before the samples. Studios write a dozen.
const MAX_CHUNKS: usize = 64;

/// Items a second: chunks of 20 ms, the frame of telephony.
const ITEMS_PER_SECOND: u32 = 50;

/// Most bytes of samples in a file: lengths have 32 bits.
const MAX_DATA_BYTES: u64 = (u32::MAX - HEADER - 1) as u64;

/// The end of the name of a format of the extensible kind, of which the first two bytes are the
/// code of a format.
const EXTENSIBLE_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// Reads integer samples of 8 to 32 bits, floating-point ones of 32 and 64, and those of both laws
/// of G.711, in items of 20 ms.
#[derive(Debug)]
pub struct WavReader<R> {
    input: Input<BufReader<R>>,
    format: Format,
    /// Where samples start.
    first: u64,
    /// How many bytes they take, as far as they are there.
    length: u64,
    /// Samples per channel read so far.
    position: u64,
}

/// How a number of a sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Integer,
    Float,
    ALaw,
    MuLaw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Format {
    coding: Coding,
    rate: u32,
    channels: u8,
    /// Bytes of one sample of one channel.
    width: usize,
}

impl<R: Read + Seek> WavReader<R> {
    /// Reads the headers.
    ///
    /// # Errors
    /// When they are none, or of a format with other samples.
    pub fn new(file: R) -> Result<Self, FileError> {
        let mut input = Input::new(BufReader::new(file));
        let start = input.chunk(12, "the WAV header")?;
        if !is_wav(&start) {
            return Err(FileError::Malformed { offset: 0, what: "no WAV header" });
        }
        let (mut format, mut length_64) = (None, None);
        for _ in 0..MAX_CHUNKS {
            let offset = input.offset();
            let header = input.chunk(8, "the header of a WAV chunk")?;
            let length = u32_at(&header, 4);
            match &header[..4] {
                b"fmt " => format = Some(Format::read(&mut input, length)?),
                b"ds64" => length_64 = Some(read_ds64(&mut input, length)?),
                b"data" => {
                    let what = "WAV samples before their format";
                    let format = format.ok_or(FileError::Malformed { offset, what })?;
                    let told = match (length, length_64) {
                        (UNKNOWN_LENGTH, Some(length)) => length,
                        _ => u64::from(length),
                    };
                    let first = input.offset();
                    let length = true_length(&mut input, told)?;
                    return Ok(WavReader { input, format, first, length, position: 0 });
                }
                _ => skip_chunk(&mut input, offset + 8, length)?,
            }
        }
        let offset = input.offset();
        Err(FileError::Malformed { offset, what: "too many WAV chunks before the samples" })
    }
}

/// Goes behind a chunk whose content starts at `start`, and behind its padding if it has one: the
/// name of the next chunk does not begin with a zero.
fn skip_chunk<R: Read + Seek>(
    input: &mut Input<BufReader<R>>,
    start: u64,
    length: u32,
) -> Result<(), FileError> {
    let end = start + u64::from(length);
    input.seek(SeekFrom::Start(end))?;
    let mut padding = [0];
    if length & 1 == 1 && input.fill(&mut padding, "the padding of a WAV chunk")? && padding != [0]
    {
        input.seek(SeekFrom::Start(end))?;
    }
    Ok(())
}

/// The length of the samples in the chunk `ds64`.
fn read_ds64<R: Read + Seek>(
    input: &mut Input<BufReader<R>>,
    length: u32,
) -> Result<u64, FileError> {
    let start = input.offset();
    let chunk = input.chunk(length.min(16) as usize, "the lengths of a WAV file of 64 bits")?;
    let bytes = chunk.get(8..16).and_then(|bytes| bytes.try_into().ok());
    let what = "lengths of 64 bits that are too short";
    let told = bytes.ok_or(FileError::Malformed { offset: start, what })?;
    skip_chunk(input, start, length)?;
    Ok(u64::from_le_bytes(told))
}

/// How many bytes of samples there are from here on, when the header tells of `told`.
fn true_length<R: Read + Seek>(
    input: &mut Input<BufReader<R>>,
    told: u64,
) -> Result<u64, FileError> {
    let first = input.offset();
    let left = input.seek(SeekFrom::End(0))?.saturating_sub(first);
    input.seek(SeekFrom::Start(first))?;
    if told != 0 {
        return Ok(told.min(left));
    }
    // Nothing is believed where another chunk follows that fits into the file.
    let next = input.up_to(8)?;
    input.seek(SeekFrom::Start(first))?;
    let is_chunk = next.len() == 8
        && next[..4].iter().all(|byte| (b' '..=b'~').contains(byte))
        && u64::from(u32_at(&next, 4)) <= left - 8;
    Ok(if is_chunk { 0 } else { left })
}

impl<R> WavReader<R> {
    /// Samples per second and channel.
    pub fn rate(&self) -> u32 {
        self.format.rate
    }

    /// How many channels.
    pub fn channels(&self) -> u8 {
        self.format.channels
    }
}

impl Format {
    fn read<R: Read + Seek>(
        input: &mut Input<BufReader<R>>,
        length: u32,
    ) -> Result<Self, FileError> {
        /// Code of a format that is told further down.
        const EXTENSIBLE: u16 = 0xfffe;
        let offset = input.offset();
        let what = "the WAV format";
        // What follows the 40 bytes of the extensible format is for other codecs.
        let chunk = input.chunk(length.min(40) as usize, what)?;
        skip_chunk(input, offset, length)?;
        if chunk.len() < 16 {
            return Err(FileError::Malformed { offset, what: "a WAV format that is too short" });
        }
        let short = |at: usize| u16::from_le_bytes([chunk[at], chunk[at + 1]]);
        let code = match short(0) {
            EXTENSIBLE if chunk.len() == 40 && chunk[26..] == EXTENSIBLE_TAIL => short(24),
            code => code,
        };
        let (channels, rate, block, bits) = (short(2), u32_at(&chunk, 4), short(12), short(14));
        let width = usize::from(block.checked_div(channels).unwrap_or(0));
        let coding = match (code, width) {
            (1, 1..=4) if usize::from(bits) <= 8 * width => Some(Coding::Integer),
            (3, 4 | 8) => Some(Coding::Float),
            (6, 1) => Some(Coding::ALaw),
            (7, 1) => Some(Coding::MuLaw),
            _ => None,
        };
        let is_whole = channels.checked_mul(width as u16) == Some(block);
        let coding = coding.filter(|_| is_whole).ok_or_else(|| FileError::Unsupported {
            what: format!("a WAV file with samples of format {code} and {bits} bits"),
        })?;
        let channels = u8::try_from(channels).unwrap_or(u8::MAX);
        Samples::new(Vec::new(), rate, channels, MediaTime::new(0, rate))
            .map_err(|error| FileError::Unsupported { what: format!("a WAV file with {error}") })?;
        Ok(Format { coding, rate, channels, width })
    }

    /// Bytes of one sample of every channel.
    fn frame(self) -> usize {
        self.width * usize::from(self.channels)
    }

    fn decode(self, bytes: &[u8]) -> Vec<f32> {
        let decode = match (self.coding, self.width) {
            (Coding::Integer, _) => integer,
            (Coding::Float, 4) => |s: &[u8]| f32::from_le_bytes([s[0], s[1], s[2], s[3]]),
            (Coding::Float, _) => |s: &[u8]| {
                f64::from_le_bytes([s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]]) as f32
            },
            (Coding::ALaw, _) => |s: &[u8]| f32::from(decode_a(s[0])) / 32_768.0,
            (Coding::MuLaw, _) => |s: &[u8]| f32::from(decode_mu(s[0])) / 32_768.0,
        };
        bytes.chunks_exact(self.width).map(decode).collect()
    }
}

/// An integer of one to four bytes. One byte has no sign, more have.
fn integer(sample: &[u8]) -> f32 {
    if let &[only] = sample {
        return (f32::from(only) - 128.0) / 128.0;
    }
    let mut bytes = [0; 4];
    bytes[4 - sample.len()..].copy_from_slice(sample);
    i32::from_le_bytes(bytes) as f32 / 2_147_483_648.0
}

impl<R: Read + Seek + Send> Reader for WavReader<R> {
    type Item = Samples;

    fn next(&mut self) -> Result<Option<Samples>, FileError> {
        let frame = self.format.frame();
        let read = self.position * frame as u64;
        let left = self.length.saturating_sub(read);
        let wanted = u64::from((self.format.rate / ITEMS_PER_SECOND).max(1));
        let wanted = wanted.min(left / frame as u64) as usize;
        let bytes = self.input.up_to(wanted * frame)?;
        let frames = bytes.len() / frame;
        if frames == 0 {
            return Ok(None);
        }
        let Format { rate, channels, .. } = self.format;
        let time = MediaTime::new(self.position, rate);
        self.position += frames as u64;
        let samples =
            Samples::new(self.format.decode(&bytes[..frames * frame]), rate, channels, time);
        Ok(Some(samples.expect("the format was checked with the header")))
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        self.input.seek(SeekFrom::Start(self.first))?;
        self.position = 0;
        Ok(())
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Writes samples of one format as 16-bit integers.
#[derive(Debug)]
pub struct WavWriter<W> {
    file: W,
    rate: u32,
    channels: u8,
    /// Bytes of samples so far.
    bytes: u64,
    /// Offset of the header in `file`.
    start: u64,
}

impl<W: Write + Seek> WavWriter<W> {
    /// Writes the header for samples of this rate in Hz on this many channels. A file that is not
    /// finished can be read all the same.
    ///
    /// # Errors
    /// When there is no such format, or the system says no.
    pub fn new(mut file: W, rate: u32, channels: u8) -> Result<Self, FileError> {
        Samples::new(Vec::new(), rate, channels, MediaTime::new(0, rate)).map_err(|_| {
            FileError::Rejected { what: "a rate or number of channels out of range" }
        })?;
        let start = file.stream_position()?;
        file.write_all(&header(rate, channels, UNKNOWN_LENGTH))?;
        Ok(WavWriter { file, rate, channels, bytes: 0, start })
    }

    /// Writes samples after those before them, whatever their time.
    ///
    /// # Errors
    /// When they are of another rate or number of channels, when the file is full (4 GiB), or the
    /// system says no.
    pub fn write(&mut self, samples: &Samples) -> Result<(), FileError> {
        if (samples.rate(), samples.channels()) != (self.rate, self.channels) {
            return Err(FileError::Rejected { what: "all samples of a WAV file have one format" });
        }
        let bytes = self.bytes + 2 * samples.data().len() as u64;
        if bytes > MAX_DATA_BYTES {
            return Err(FileError::Rejected { what: "a WAV file has 4 GiB at most" });
        }
        let data: Vec<u8> = samples.to_i16().into_iter().flat_map(i16::to_le_bytes).collect();
        self.file.write_all(&data)?;
        self.bytes = bytes;
        Ok(())
    }

    /// Writes the length into the header, and what is left.
    ///
    /// # Errors
    /// When the system says no.
    pub fn finish(mut self) -> Result<W, FileError> {
        let length = u32::try_from(self.bytes).unwrap_or(UNKNOWN_LENGTH);
        self.file.seek(SeekFrom::Start(self.start))?;
        self.file.write_all(&header(self.rate, self.channels, length))?;
        self.file.seek(SeekFrom::End(0))?;
        self.file.flush()?;
        Ok(self.file)
    }
}

fn header(rate: u32, channels: u8, length: u32) -> [u8; HEADER as usize] {
    let block = 2 * u16::from(channels);
    let mut header = [0; HEADER as usize];
    header[..4].copy_from_slice(MAGIC.0);
    header[4..8].copy_from_slice(&length.saturating_add(HEADER - 8).to_le_bytes());
    header[8..12].copy_from_slice(MAGIC.1);
    header[12..16].copy_from_slice(b"fmt ");
    header[16..20].copy_from_slice(&16_u32.to_le_bytes());
    header[20..22].copy_from_slice(&1_u16.to_le_bytes());
    header[22..24].copy_from_slice(&u16::from(channels).to_le_bytes());
    header[24..28].copy_from_slice(&rate.to_le_bytes());
    header[28..32].copy_from_slice(&(rate * u32::from(block)).to_le_bytes());
    header[32..34].copy_from_slice(&block.to_le_bytes());
    header[34..36].copy_from_slice(&16_u16.to_le_bytes());
    header[36..40].copy_from_slice(b"data");
    header[40..44].copy_from_slice(&length.to_le_bytes());
    header
}
