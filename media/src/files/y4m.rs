//! YUV4MPEG2: raw pictures with a line of text before the file and before each picture.

use std::io::{BufReader, Read, Seek, SeekFrom, Write};

use lapwing_engine::MediaTime;

use crate::files::input::Input;
use crate::files::{FileError, Reader};
use crate::picture::{Picture, PictureError};

/// The first bytes of every file.
pub(crate) const MAGIC: &[u8] = b"YUV4MPEG2 ";

/// Longest header line taken, in bytes. Writers stay below a hundred; comments may follow.
const MAX_LINE: usize = 1_024;

/// Chroma layouts that are 8-bit 4:2:0; they differ only in where the chroma samples sit.
const CHROMA_420: [&[u8]; 5] = [b"420", b"420jpeg", b"420mpeg2", b"420paldv", b"420p8"];

/// Reads pictures of 8 bits in 4:2:0.
#[derive(Debug)]
pub struct Y4mReader<R> {
    input: Input<BufReader<R>>,
    header: Header,
    /// Offset of the first picture.
    first: u64,
    /// Pictures read and passed over since then.
    count: u64,
    /// Pictures without bytes since then.
    skipped: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    width: u32,
    height: u32,
    /// Pictures per second, as a fraction.
    rate: (u32, u32),
}

impl<R: Read + Seek> Y4mReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When it is none, or of a layout that is not 8-bit 4:2:0.
    pub fn new(file: R) -> Result<Self, FileError> {
        let mut input = Input::new(BufReader::new(file));
        let what = "the Y4M header";
        let line = input.line(MAX_LINE, what)?.ok_or(FileError::Truncated { offset: 0, what })?;
        let header = Header::parse(&line)?;
        let first = input.offset();
        Ok(Y4mReader { input, header, first, count: 0, skipped: 0 })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.header.width, self.header.height)
    }

    /// Pictures per second, as a fraction.
    pub fn frame_rate(&self) -> (u32, u32) {
        self.header.rate
    }
}

impl<R: Read + Seek + Send> Reader for Y4mReader<R> {
    type Item = Picture;

    fn next(&mut self) -> Result<Option<Picture>, FileError> {
        loop {
            let offset = self.input.offset();
            let Some(line) = self.input.line(MAX_LINE, "a Y4M frame header")? else {
                return Ok(None);
            };
            if !is_frame(&line) {
                let what = "no FRAME where one should start";
                return Err(FileError::Malformed { offset, what });
            }
            if self.is_empty()? {
                self.skipped += 1;
                self.count += 1;
                continue;
            }
            let offset = self.input.offset();
            let mut picture = Picture::new(self.header.width, self.header.height, self.time())
                .expect("the size was checked with the header");
            let what = "a Y4M picture";
            if !self.input.fill(picture.data_mut(), what)? {
                return Err(FileError::Truncated { offset, what });
            }
            self.count += 1;
            return Ok(Some(picture));
        }
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        self.input.seek(SeekFrom::Start(self.first))?;
        (self.count, self.skipped) = (0, 0);
        Ok(())
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

/// Whether a line begins a picture.
fn is_frame(line: &[u8]) -> bool {
    line == b"FRAME" || line.starts_with(b"FRAME ")
}

impl<R: Read + Seek> Y4mReader<R> {
    /// Whether the picture that begins here has no bytes: the file ends, or the next picture
    /// begins. The samples of a picture may look like that too; behind them another one begins, or
    /// the file ends.
    fn is_empty(&mut self) -> Result<bool, FileError> {
        let start = self.input.offset();
        let next = self.peek()?;
        if next.is_empty() {
            return Ok(true);
        }
        if !begins_frame(&next) {
            return Ok(false);
        }
        let (width, height) = (u64::from(self.header.width), u64::from(self.header.height));
        let chroma = width.div_ceil(2) * height.div_ceil(2);
        let end = start + width * height + 2 * chroma;
        let at_end = self.input.seek(SeekFrom::End(0))? == end;
        self.input.seek(SeekFrom::Start(end))?;
        let behind = self.peek()?;
        self.input.seek(SeekFrom::Start(start))?;
        Ok(!at_end && !begins_frame(&behind))
    }

    /// The next six bytes, or what is left of the file.
    fn peek(&mut self) -> Result<Vec<u8>, FileError> {
        let next = self.input.up_to(6)?;
        self.input.back(next.len())?;
        Ok(next)
    }
}

fn begins_frame(bytes: &[u8]) -> bool {
    bytes.starts_with(b"FRAME\n") || bytes.starts_with(b"FRAME ")
}

impl<R> Y4mReader<R> {
    fn time(&self) -> MediaTime {
        let (pictures, seconds) = self.header.rate;
        let ticks =
            u128::from(self.count) * u128::from(MediaTime::VIDEO_RATE) * u128::from(seconds)
                / u128::from(pictures);
        MediaTime::new(u64::try_from(ticks).unwrap_or(u64::MAX), MediaTime::VIDEO_RATE)
    }
}

impl Header {
    fn parse(line: &[u8]) -> Result<Self, FileError> {
        let malformed = |what| FileError::Malformed { offset: 0, what };
        let fields = line.strip_prefix(MAGIC).ok_or(malformed("no Y4M header"))?;
        let (mut width, mut height, mut rate) = (0, 0, (25, 1));
        for field in fields.split(|&byte| byte == b' ').filter(|field| !field.is_empty()) {
            let value = &field[1..];
            let number = || parse_number(value).ok_or(malformed("no number in the Y4M header"));
            match field[0] {
                b'W' => width = number()?,
                b'H' => height = number()?,
                b'F' => rate = parse_rate(value).ok_or(malformed("no frame rate"))?,
                b'C' if !CHROMA_420.contains(&value) => {
                    let what = format!("the chroma layout {:?}", String::from_utf8_lossy(value));
                    return Err(FileError::Unsupported { what });
                }
                // Interlacing, aspect ratio and comments change nothing here.
                _ => {}
            }
        }
        match Picture::check_size(width, height) {
            Ok(()) => Ok(Header { width, height, rate }),
            Err(PictureError::TooLarge { .. }) => Err(malformed("a picture above the size limit")),
            Err(_) => Err(malformed("no picture size")),
        }
    }
}

fn parse_number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Two numbers above zero with a colon between them.
fn parse_rate(value: &[u8]) -> Option<(u32, u32)> {
    let colon = value.iter().position(|&byte| byte == b':')?;
    let rate = (parse_number(&value[..colon])?, parse_number(&value[colon + 1..])?);
    (rate.0 > 0 && rate.1 > 0).then_some(rate)
}

/// Writes pictures of one size at an even pace: the format has no times.
#[derive(Debug)]
pub struct Y4mWriter<W> {
    file: W,
    size: (u32, u32),
}

impl<W: Write> Y4mWriter<W> {
    /// Writes the header for pictures of this size, `rate.0` of them in `rate.1` seconds.
    ///
    /// # Errors
    /// When the system says no.
    pub fn new(mut file: W, size: (u32, u32), rate: (u32, u32)) -> Result<Self, FileError> {
        let ((width, height), (pictures, seconds)) = (size, rate);
        writeln!(file, "YUV4MPEG2 W{width} H{height} F{pictures}:{seconds} Ip A1:1 C420jpeg")?;
        Ok(Y4mWriter { file, size })
    }

    /// Writes a picture.
    ///
    /// # Errors
    /// When its size is not that of the file, or the system says no.
    pub fn write(&mut self, picture: &Picture) -> Result<(), FileError> {
        if picture.size() != self.size {
            return Err(FileError::Rejected { what: "all pictures of a Y4M file have one size" });
        }
        self.file.write_all(b"FRAME\n")?;
        self.file.write_all(picture.data())?;
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When the system says no.
    pub fn finish(mut self) -> Result<W, FileError> {
        self.file.flush()?;
        Ok(self.file)
    }
}
