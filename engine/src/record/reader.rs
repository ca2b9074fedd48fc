//! Reading a recording.

use std::time::Duration;

use super::digest::Digest;
use super::entry::Entry;
use super::error::ReadError;
use super::format::{ENTRY_BYTES_MAX, MAGIC, RECORDING_VERSION};
use super::options::RecordOptions;
use super::wire::{Source, Wire, take_number};

/// Longest time that a recording spans: a year, in nanoseconds. A connection that is told to wait
/// for centuries works through all the timers on the way.
const SPAN_NS_MAX: i64 = 366 * 86_400 * 1_000_000_000;

/// Reads the entries of a recording in turn.
///
/// What comes from a file is not trusted: any bytes give entries or a [`ReadError`], which names
/// the place, and memory grows with the bytes that are there.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::{Config, Entry, RecordOptions, RecordingReader, Rtc};
///
/// let config = Config::seeded(1).with_recording(RecordOptions::default());
/// let mut rtc = Rtc::new(config, Instant::now());
/// rtc.negotiation().restart_ice();
/// let recording = rtc.finish_recording();
/// let entries: Result<Vec<_>, _> = RecordingReader::new(&recording).unwrap().collect();
/// let names: Vec<_> = entries.unwrap().iter().map(|timed| timed.entry.name()).collect();
/// assert_eq!(names, ["Start", "RestartIce", "Outcome", "End"]);
/// ```
#[derive(Clone, Debug)]
pub struct RecordingReader<'a> {
    bytes: &'a [u8],
    offset: usize,
    options: RecordOptions,
    now_ns: i64,
    checksum: Digest,
    over: bool,
}

/// An entry with its time and place.
#[derive(Clone, Debug)]
pub struct TimedEntry<'a> {
    /// Bytes before it in the recording.
    pub offset: usize,
    /// Time since the connection was made.
    pub at: Duration,
    /// What it is.
    pub entry: Entry<'a>,
}

impl<'a> RecordingReader<'a> {
    /// Begins to read.
    ///
    /// # Errors
    /// [`ReadError::NotARecording`], [`ReadError::Version`], [`ReadError::Truncated`].
    pub fn new(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(ReadError::NotARecording)?;
        let Some((&[low, high, flags], _)) = rest.split_first_chunk::<3>() else {
            return Err(ReadError::Truncated { offset: bytes.len() });
        };
        let version = u16::from_le_bytes([low, high]);
        if version != RECORDING_VERSION {
            return Err(ReadError::Version(version));
        }
        Ok(RecordingReader {
            bytes,
            offset: MAGIC.len() + 3,
            options: RecordOptions::of_flags(flags),
            now_ns: 0,
            checksum: Digest::new(),
            over: false,
        })
    }

    /// What was recorded and what was left out.
    pub fn options(&self) -> RecordOptions {
        self.options
    }

    fn read(&mut self) -> Result<Option<TimedEntry<'a>>, ReadError> {
        let offset = self.offset;
        let rest = &self.bytes[offset..];
        let truncated = ReadError::Truncated { offset: self.bytes.len() };
        let corrupt = |what| ReadError::Corrupt { offset, what };
        let mut source = Source(rest);
        // A length is one to four bytes; where fewer are left, they were cut.
        let length = match take_number(&mut source) {
            Ok(length) => length,
            Err(_) if rest.len() < 4 => return Err(truncated),
            Err(what) => return Err(corrupt(what)),
        };
        if length > ENTRY_BYTES_MAX as u64 {
            return Err(corrupt("an entry that is too long"));
        }
        let sum = source.bytes(4).map_err(|_| truncated)?;
        let body = source.bytes(length as usize).map_err(|_| truncated)?;
        self.checksum.bytes(body);
        if sum != self.checksum.short().to_le_bytes() {
            return Err(corrupt("a wrong checksum"));
        }
        self.offset = self.bytes.len() - source.0.len();
        let mut fields = Source(body);
        let step = i64::take(&mut fields).map_err(corrupt)?;
        let now_ns = self.now_ns.checked_add(step).filter(|ns| ns.abs() <= SPAN_NS_MAX);
        self.now_ns = now_ns.ok_or(corrupt("a time that is too large"))?;
        let entry = Entry::take(&mut fields).map_err(corrupt)?;
        if !fields.0.is_empty() {
            return Err(corrupt("an entry that is longer than what it holds"));
        }
        let first = offset == MAGIC.len() + 3;
        if first != matches!(entry, Entry::Start { .. }) {
            return Err(corrupt("a start that is not the first entry"));
        }
        match entry {
            Entry::Overrun {} => return Err(ReadError::Overrun { offset }),
            Entry::End {} if self.offset < self.bytes.len() => {
                return Err(corrupt("an end that is not the last entry"));
            }
            Entry::End {} => self.over = true,
            _ => {}
        }
        let at = Duration::from_nanos(u64::try_from(self.now_ns).unwrap_or(0));
        Ok(Some(TimedEntry { offset, at, entry }))
    }
}

impl<'a> Iterator for RecordingReader<'a> {
    type Item = Result<TimedEntry<'a>, ReadError>;

    /// The next entry. After an error, and after [`Entry::End`], there is none.
    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let entry = self.read();
        self.over |= entry.is_err();
        entry.transpose()
    }
}
